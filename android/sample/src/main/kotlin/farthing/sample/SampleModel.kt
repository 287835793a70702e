package farthing.sample

import farthing.Balance
import farthing.Draft
import farthing.Event
import farthing.EventSeq
import farthing.FarthingException
import farthing.LibraryException
import farthing.Money
import farthing.Opened
import farthing.Outcome
import farthing.PayTo
import farthing.Payment
import farthing.PaymentId
import farthing.Request
import farthing.Wallet
import farthing.android.Approval
import farthing.android.Approver
import farthing.android.Verdict
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch

/** What is on the screen. */
sealed interface Screen {
    data object Opening : Screen

    /** Nobody has an account here. */
    data object Welcome : Screen

    /** There is an account, and its key is gone. */
    data class Lost(val sentence: String) : Screen

    /** The wallet could not be opened for now. */
    data class Closed(val sentence: String) : Screen

    data class Home(val balances: List<Balance>, val history: List<Payment>, val unfinished: Long) : Screen

    /** Whom to pay. [text] is what was scanned, pasted or shared. */
    data class Pay(val text: String = "", val amountNeeded: Boolean = false) : Screen

    data class Review(val draft: Draft) : Screen

    data class Ended(val outcome: Outcome) : Screen

    data object Ask : Screen

    data class Asked(val request: Request, val amount: Money?, val memo: String?, val paid: Boolean) : Screen
}

/** What the screens do. One for the app, so that nothing is lost when a screen is turned. */
class SampleModel(
    private val opener: suspend () -> Opened,
    private val approver: Approver,
    private val scope: CoroutineScope,
    private val keep: (Wallet) -> Unit,
) {
    private val shown = MutableStateFlow<Screen>(Screen.Opening)
    private val sentence = MutableStateFlow<String?>(null)
    private val working = MutableStateFlow(false)
    private var opened: Opened? = null
    private var wallet: Wallet? = null

    /** What was shared before the wallet was open. */
    private var waiting: String? = null

    val screen: StateFlow<Screen> = shown.asStateFlow()

    /** What went wrong last, in a sentence. */
    val error: StateFlow<String?> = sentence.asStateFlow()

    val busy: StateFlow<Boolean> = working.asStateFlow()

    fun open() = doing {
        shown.value = Screen.Opening
        try {
            when (val opened = opener().also { opened = it }) {
                is Opened.Ready -> use(opened.wallet)
                is Opened.Empty -> shown.value = Screen.Welcome
                is Opened.NeedsRecovery -> shown.value = Screen.Lost(opened.reason.sentence)
            }
        } catch (failure: FarthingException) {
            shown.value = Screen.Closed(failure.problem.sentence)
        } catch (failure: LibraryException) {
            shown.value = Screen.Closed(failure.message ?: "The wallet's library is missing.")
        }
    }

    fun enrol(invite: String, name: String) = doing {
        val empty = opened as? Opened.Empty ?: return@doing
        use(empty.enrol(invite.trim(), name.trim().ifEmpty { null }))
    }

    /** Text from a scanner or from another app. */
    fun shared(text: String) {
        if (wallet == null) waiting = text else shown.value = Screen.Pay(text)
    }

    fun go(to: Screen) {
        sentence.value = null
        shown.value = to
    }

    fun home() = withWallet { showHome(it) }

    fun look(text: String, amount: String, memo: String) = withWallet { wallet ->
        val sum = amount.trim().ifEmpty { null }?.let { wallet.parseMoney(it) }
        try {
            shown.value = Screen.Review(wallet.prepare(PayTo.scanned(text.trim()), sum, memo.trim().ifEmpty { null }))
        } catch (failure: FarthingException.Misuse) {
            // The payee does not say how much.
            if (sum != null) throw failure
            sentence.value = failure.problem.sentence
            shown.value = Screen.Pay(text, amountNeeded = true)
        }
    }

    fun pay(draft: Draft) = withWallet { wallet ->
        val verdict = approver.approve(Approval.of(draft))
        if (verdict != Verdict.Approved) {
            sentence.value = verdict.sentence()
            return@withWallet
        }
        finish(wallet, wallet.confirm(draft).id)
    }

    fun drop(draft: Draft) = withWallet { wallet ->
        wallet.discard(draft.id)
        showHome(wallet)
    }

    /** Finds out what became of a payment. */
    fun findOut(payment: PaymentId) = withWallet { wallet ->
        wallet.sync()
        finish(wallet, payment)
    }

    fun ask(amount: String, memo: String) = withWallet { wallet ->
        val sum = amount.trim().ifEmpty { null }?.let { wallet.parseMoney(it) }
        val words = memo.trim().ifEmpty { null }
        shown.value = Screen.Asked(wallet.requests.create(sum, memo = words), sum, words, paid = false)
    }

    private suspend fun finish(wallet: Wallet, payment: PaymentId) {
        shown.value = Screen.Ended(wallet.outcome(payment))
    }

    private suspend fun use(opened: Wallet) {
        wallet = opened
        keep(opened)
        showHome(opened)
        waiting?.let { shown.value = Screen.Pay(it) }
        waiting = null
        scope.launch { follow(opened) }
    }

    private suspend fun follow(wallet: Wallet) {
        try {
            wallet.events(EventSeq.Start).collect { happened(wallet, it) }
        } catch (failure: FarthingException) {
            sentence.value = failure.problem.sentence
        }
    }

    private suspend fun happened(wallet: Wallet, event: Event) {
        val now = shown.value
        if (event is Event.RequestPaid && now is Screen.Asked && now.request.id == event.request) {
            shown.value = now.copy(paid = true)
        }
        if (now is Screen.Home) showHome(wallet)
    }

    private suspend fun showHome(wallet: Wallet) {
        shown.value = Screen.Home(wallet.balances(), wallet.history(limit = 20), wallet.status().unfinished)
    }

    private fun withWallet(work: suspend (Wallet) -> Unit) = doing { wallet?.let { work(it) } }

    private fun doing(work: suspend () -> Unit) {
        // A second touch of the same button.
        if (working.value) return
        working.value = true
        sentence.value = null
        scope.launch {
            try {
                work()
            } catch (failure: FarthingException) {
                sentence.value = failure.problem.sentence
            } finally {
                working.value = false
            }
        }
    }
}

private fun Verdict.sentence(): String = when (this) {
    Verdict.Approved -> "Approved."
    Verdict.Declined -> "You did not approve it. Nothing was paid."
    Verdict.TimedOut -> "Nobody answered in time. Nothing was paid."
    is Verdict.LockedOut ->
        if (permanently) "Too many attempts. Unlock the phone with its PIN first." else "Too many attempts. Wait a moment and try again."
    Verdict.NotEnrolled -> "Set up a screen lock or a fingerprint first. Payments are approved with it."
    Verdict.NoHardware -> "This phone cannot approve payments."
    Verdict.Interrupted -> "The question was interrupted. Nothing was paid. Try again."
}
