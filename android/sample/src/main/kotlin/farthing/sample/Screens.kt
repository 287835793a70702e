package farthing.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.IntrinsicSize
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.imePadding
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.CardDefaults
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.FilledTonalButton
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.material3.TopAppBar
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalClipboardManager
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import farthing.Direction
import farthing.Draft
import farthing.Outcome
import farthing.Payment
import farthing.PaymentState
import farthing.Trust
import farthing.Warning

@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun SampleScreen(screen: Screen, error: String?, busy: Boolean, model: SampleModel) {
    val bar = @Composable {
        TopAppBar(
            title = { Text(screen.title()) },
            navigationIcon = { if (screen.hasWayBack()) IconButton({ model.home() }, enabled = !busy) { BackArrow() } },
        )
    }
    Scaffold(topBar = bar) { edges ->
        Column(
            Modifier.padding(edges).imePadding().fillMaxSize().verticalScroll(rememberScrollState()).padding(horizontal = 16.dp),
            verticalArrangement = Arrangement.spacedBy(16.dp),
        ) {
            error?.let { Problem(it) }
            when (screen) {
                is Screen.Opening -> Opening()
                is Screen.Welcome -> Welcome(busy, model)
                is Screen.Lost -> Lost(screen)
                is Screen.Closed -> Closed(screen, busy, model)
                is Screen.Home -> Home(screen, busy, model)
                is Screen.Pay -> Pay(screen, busy, model)
                is Screen.Review -> Review(screen.draft, busy, model)
                is Screen.Ended -> Ended(screen.outcome, busy, model)
                is Screen.Ask -> Ask(busy, model)
                is Screen.Asked -> Asked(screen, model)
            }
            Spacer(Modifier.height(8.dp))
        }
    }
}

private fun Screen.title(): String = when (this) {
    is Screen.Opening, is Screen.Home, is Screen.Closed -> "Farthing"
    is Screen.Welcome -> "Welcome"
    is Screen.Lost -> "Wallet locked out"
    is Screen.Pay -> "Pay"
    is Screen.Review -> "Check and pay"
    is Screen.Ended -> "Payment"
    is Screen.Ask -> "Ask for money"
    is Screen.Asked -> "Request"
}

@Composable
private fun Opening() {
    Column(Modifier.fillMaxWidth().padding(top = 120.dp), horizontalAlignment = Alignment.CenterHorizontally) {
        CircularProgressIndicator()
        Text("Opening your wallet …", Modifier.padding(top = 16.dp))
    }
}

@Composable
private fun Welcome(busy: Boolean, model: SampleModel) {
    var invite by rememberSaveable { mutableStateOf("") }
    var name by rememberSaveable { mutableStateOf("") }
    Text("You need an invite from whoever runs your verifier: a bank, a campus, a market. Paste its link here.")
    PastedField(invite, "Invite link") { invite = it }
    OutlinedTextField(
        name, { name = it }, Modifier.fillMaxWidth(), singleLine = true,
        label = { Text("Your name (optional)") },
        supportingText = { Text("People whom you ask for money see it.") },
    )
    Wide("Open an account", enabled = invite.isNotBlank() && !busy, busy = busy) { model.enrol(invite, name) }
}

@Composable
private fun Lost(screen: Screen.Lost) {
    Notice(screen.sentence)
    Text("Your money is safe at the verifier. With your recovery phrase of 24 words you get back to it, on this phone or another.")
    Text("This sample does not restore; see Opened.NeedsRecovery in the library.", style = MaterialTheme.typography.bodySmall)
}

@Composable
private fun Closed(screen: Screen.Closed, busy: Boolean, model: SampleModel) {
    Notice(screen.sentence)
    Wide("Try again", !busy, busy) { model.open() }
}

@Composable
private fun Home(screen: Screen.Home, busy: Boolean, model: SampleModel) {
    Card(
        Modifier.fillMaxWidth(),
        colors = CardDefaults.cardColors(MaterialTheme.colorScheme.primaryContainer, MaterialTheme.colorScheme.onPrimaryContainer),
    ) {
        Column(Modifier.padding(20.dp), verticalArrangement = Arrangement.spacedBy(4.dp)) {
            Text("You have", style = MaterialTheme.typography.bodyMedium)
            if (screen.balances.isEmpty()) Text("Nothing yet", style = MaterialTheme.typography.displaySmall)
            for (balance in screen.balances) {
                Text("${balance.available}", style = MaterialTheme.typography.displaySmall)
                if (balance.held.units > 0) Text("${balance.held} on its way, not confirmed yet")
            }
        }
    }
    // Of one height, also where large letters break a line.
    Row(Modifier.height(IntrinsicSize.Max), horizontalArrangement = Arrangement.spacedBy(12.dp)) {
        val half = Modifier.weight(1f).fillMaxHeight()
        Button({ model.go(Screen.Pay()) }, half, enabled = !busy) { Text("Pay") }
        FilledTonalButton({ model.go(Screen.Ask) }, half, enabled = !busy) { Text("Ask for money", textAlign = TextAlign.Center) }
    }
    if (screen.unfinished > 0) Notice("A payment has no final answer yet. It is never paid twice.")
    Text("Payments", style = MaterialTheme.typography.titleMedium)
    if (screen.history.isEmpty()) {
        Text(
            "No payments yet. Pay somebody, or show a request to be paid.",
            color = MaterialTheme.colorScheme.onSurfaceVariant,
        )
    }
    Column {
        screen.history.forEachIndexed { index, payment ->
            if (index > 0) HorizontalDivider(color = MaterialTheme.colorScheme.outlineVariant)
            HistoryRow(payment, busy, model)
        }
    }
}

@Composable
private fun HistoryRow(payment: Payment, busy: Boolean, model: SampleModel) {
    Row(Modifier.fillMaxWidth().padding(vertical = 12.dp), verticalAlignment = Alignment.CenterVertically) {
        Column(Modifier.weight(1f)) {
            val unnamed = when (payment.direction) {
                Direction.Out -> "Somebody"
                Direction.In -> "Received"
                Direction.Issue -> "Added by the verifier"
            }
            Text(payment.name ?: payment.alias ?: unnamed, maxLines = 1, overflow = TextOverflow.Ellipsis)
            val under = listOfNotNull(payment.memo, payment.state.said()).joinToString(" · ")
            if (under.isNotEmpty()) {
                Text(
                    under, maxLines = 1, overflow = TextOverflow.Ellipsis,
                    style = MaterialTheme.typography.bodySmall, color = MaterialTheme.colorScheme.onSurfaceVariant,
                )
            }
        }
        if (payment.state == PaymentState.Sent) {
            TextButton({ model.findOut(payment.id) }, enabled = !busy) { Text("Find out") }
        }
        val sign = if (payment.direction == Direction.Out) "−" else "+"
        Text(
            // With the fee: it is what left the account.
            "$sign${payment.fee?.let { payment.amount + it } ?: payment.amount}",
            Modifier.padding(start = 12.dp),
            fontWeight = FontWeight.Medium,
            color = if (payment.state == PaymentState.Refused) MaterialTheme.colorScheme.onSurfaceVariant else Color.Unspecified,
        )
    }
}

private fun PaymentState.said(): String? = when (this) {
    PaymentState.Settled -> null
    PaymentState.Draft -> "not paid"
    PaymentState.Authorised, PaymentState.Sent -> "not confirmed yet"
    PaymentState.Refused -> "refused, nothing was paid"
    PaymentState.Expired -> "expired, nothing was paid"
}

@Composable
private fun Pay(screen: Screen.Pay, busy: Boolean, model: SampleModel) {
    var text by rememberSaveable(screen.text) { mutableStateOf(screen.text) }
    var amount by rememberSaveable { mutableStateOf("") }
    var memo by rememberSaveable { mutableStateOf("") }
    Text("Scan a code with your camera app and share its text here, or paste a link or an address.")
    PastedField(text, "Link or address") { text = it }
    AmountField(amount, if (screen.amountNeeded) "Amount" else "Amount, if you choose it") { amount = it }
    MemoField(memo, "Message to the payee (optional)") { memo = it }
    Wide("Continue", text.isNotBlank() && !busy, busy) { model.look(text, amount, memo) }
}

@Composable
private fun Review(draft: Draft, busy: Boolean, model: SampleModel) {
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(20.dp), verticalArrangement = Arrangement.spacedBy(6.dp)) {
            Text("To", style = MaterialTheme.typography.labelLarge)
            Text(draft.payee.contact ?: draft.payee.calledItself ?: draft.payee.alias ?: "Unknown", style = MaterialTheme.typography.headlineSmall)
            Text(draft.payee.trust.said(), style = MaterialTheme.typography.bodyMedium)
            draft.requestMemo?.let { Text("“$it”", style = MaterialTheme.typography.bodyMedium) }
        }
    }
    for (warning in draft.warnings) {
        Notice(
            when (warning) {
                is Warning.UnverifiedPayee -> "Nobody has checked who this is. Pay only if you know where the code comes from."
                is Warning.ExpiresSoon -> "The request expires in ${warning.seconds} seconds."
            },
        )
    }
    Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
        for (item in draft.items) Line(item.name, "${item.amount}")
        if (draft.items.isEmpty()) Line("Amount", "${draft.amount}")
        Line("Fee", if (draft.fee.units == 0L) "None" else "${draft.fee}")
        HorizontalDivider()
        Line("Total", "${draft.total}", strong = true)
        draft.memo?.let { Text("Your message: $it", style = MaterialTheme.typography.bodyMedium) }
    }
    Wide("Pay ${draft.total}", !busy, busy) { model.pay(draft) }
    TextButton({ model.drop(draft) }, Modifier.fillMaxWidth(), enabled = !busy) { Text("Not now") }
}

private fun Trust.said(): String = when (this) {
    Trust.Request -> "A genuine request; who made it is not known"
    Trust.UnverifiedAlias -> "An address you have not paid before"
    Trust.KnownAlias -> "You have paid this address before"
    Trust.MetContact -> "You met; they have not confirmed it yet"
    Trust.VerifiedContact -> "Verified in person"
}

@Composable
private fun Ended(outcome: Outcome, busy: Boolean, model: SampleModel) {
    val payment = outcome.payment
    val to = payment.name ?: payment.alias ?: "the payee"
    when (outcome) {
        is Outcome.Settled -> Result(Sign.Done, "Paid ${payment.amount}", "$to has it. A receipt proves it.")
        is Outcome.Refused -> Result(Sign.Refused, "Not paid", outcome.why.sentence)
        is Outcome.Unknown -> {
            Result(Sign.Open, "Not known yet", outcome.because.sentence)
            Text(
                "The payment of ${payment.amount} to $to is stored. It is finished as soon as the verifier answers. Do not pay it again.",
                Modifier.fillMaxWidth(),
                textAlign = TextAlign.Center,
            )
            Wide("Find out", !busy, busy) { model.findOut(payment.id) }
        }
    }
    if (outcome is Outcome.Unknown) {
        TextButton({ model.home() }, Modifier.fillMaxWidth()) { Text("Later") }
    } else {
        Wide("Done", !busy, busy) { model.home() }
    }
}

@Composable
private fun Ask(busy: Boolean, model: SampleModel) {
    var amount by rememberSaveable { mutableStateOf("") }
    var memo by rememberSaveable { mutableStateOf("") }
    AmountField(amount, "Amount") { amount = it }
    Text(
        "Leave it empty and the payer chooses.",
        style = MaterialTheme.typography.bodySmall, color = MaterialTheme.colorScheme.onSurfaceVariant,
    )
    MemoField(memo, "What for (optional)") { memo = it }
    Wide("Show the code", !busy, busy) { model.ask(amount, memo) }
}

@Composable
private fun Asked(screen: Screen.Asked, model: SampleModel) {
    if (screen.paid) {
        Result(Sign.Done, "Paid", screen.amount?.let { "$it arrived." } ?: "The money arrived.")
    } else {
        Column(Modifier.fillMaxWidth(), horizontalAlignment = Alignment.CenterHorizontally) {
            Text(screen.amount?.toString() ?: "Any amount", style = MaterialTheme.typography.headlineMedium)
            screen.memo?.let { Text(it, Modifier.padding(top = 4.dp)) }
            QrCode(screen.request.link, Modifier.padding(vertical = 16.dp).size(280.dp))
            Text("Let the payer scan it. It can be paid once.", textAlign = TextAlign.Center)
            Text(
                screen.request.link, Modifier.padding(top = 8.dp), textAlign = TextAlign.Center,
                style = MaterialTheme.typography.bodySmall, color = MaterialTheme.colorScheme.onSurfaceVariant,
            )
        }
    }
    Wide("Done", enabled = true, busy = false) { model.home() }
}

@Composable
private fun Problem(sentence: String) {
    Card(
        Modifier.fillMaxWidth().semantics { liveRegion = LiveRegionMode.Polite },
        colors = CardDefaults.cardColors(MaterialTheme.colorScheme.errorContainer, MaterialTheme.colorScheme.onErrorContainer),
    ) {
        Text(sentence, Modifier.padding(16.dp))
    }
}

@Composable
private fun Notice(sentence: String) {
    Card(
        Modifier.fillMaxWidth(),
        colors = CardDefaults.cardColors(MaterialTheme.colorScheme.tertiaryContainer, MaterialTheme.colorScheme.onTertiaryContainer),
    ) {
        Text(sentence, Modifier.padding(16.dp))
    }
}

@Composable
private fun Line(name: String, value: String, strong: Boolean = false) {
    val weight = if (strong) FontWeight.SemiBold else FontWeight.Normal
    Row(Modifier.fillMaxWidth(), horizontalArrangement = Arrangement.spacedBy(16.dp)) {
        Text(name, Modifier.weight(1f), fontWeight = weight)
        Text(value, fontWeight = weight)
    }
}

@Composable
private fun Wide(text: String, enabled: Boolean, busy: Boolean, action: () -> Unit) {
    Button(action, Modifier.fillMaxWidth().height(52.dp), enabled = enabled) {
        if (busy) {
            Box(contentAlignment = Alignment.Center) {
                CircularProgressIndicator(Modifier.size(22.dp), strokeWidth = 2.dp)
            }
        } else {
            Text(text)
        }
    }
}

@Composable
private fun PastedField(value: String, label: String, changed: (String) -> Unit) {
    @Suppress("DEPRECATION")
    val clipboard = LocalClipboardManager.current
    OutlinedTextField(
        value, changed, Modifier.fillMaxWidth(), label = { Text(label) }, maxLines = 4,
        keyboardOptions = KeyboardOptions(keyboardType = KeyboardType.Uri, autoCorrectEnabled = false),
        trailingIcon = { TextButton({ clipboard.getText()?.let { changed(it.text) } }, Modifier.padding(end = 4.dp)) { Text("Paste") } },
    )
}

@Composable
private fun AmountField(value: String, label: String, changed: (String) -> Unit) {
    OutlinedTextField(
        value, changed, Modifier.fillMaxWidth(), label = { Text(label) }, singleLine = true,
        placeholder = { Text("4.50") },
        keyboardOptions = KeyboardOptions(keyboardType = KeyboardType.Decimal),
    )
}

@Composable
private fun MemoField(value: String, label: String, changed: (String) -> Unit) {
    OutlinedTextField(value, changed, Modifier.fillMaxWidth(), label = { Text(label) }, maxLines = 3)
}
