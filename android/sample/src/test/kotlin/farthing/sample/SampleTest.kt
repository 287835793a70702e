package farthing.sample

import android.content.Intent
import android.graphics.Bitmap
import androidx.compose.ui.graphics.asAndroidBitmap
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import farthing.Item
import farthing.Joining
import farthing.Money
import farthing.Opened
import farthing.Payee
import farthing.PhraseEntry
import farthing.Keys
import farthing.Trust
import farthing.Wallet
import farthing.Warning
import farthing.android.Approval
import farthing.android.Approver
import farthing.android.Verdict
import farthing.testkit.FakeWallet
import farthing.testkit.FakeWallet.Fate
import farthing.testkit.FakeWallet.Offer
import java.nio.file.Path
import java.nio.file.Files
import org.junit.Assert.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** The app with a wallet in memory. Set up before the activity is made. */
class TestApp : SampleApp() {
    override fun opener(): suspend () -> Opened = { World.opened() }

    override fun approver(): Approver = Approver { approval ->
        World.asked += approval
        World.verdicts.removeFirstOrNull() ?: Verdict.Approved
    }

    override fun keep(wallet: Wallet) = Unit
}

/** What the app finds. */
object World {
    fun usd(number: String) = Money.of(number, "USD", 6)

    var wallet = FakeWallet(usd("20.00"), "Ann")
    val asked = mutableListOf<Approval>()
    val verdicts = ArrayDeque<Verdict>()
    var opened: () -> Opened = { Ready(wallet) }

    fun fresh() {
        wallet = FakeWallet(usd("20.00"), "Ann")
        asked.clear()
        verdicts.clear()
        opened = { Ready(wallet) }
    }

    class Ready(override val wallet: Wallet) : Opened.Ready
}

class NoAccount : Opened.Empty {
    override suspend fun enrol(invite: String, name: String?, alias: String?): Wallet {
        if (!invite.contains("/I#")) throw FakeWallet.unreadable(303, "code_damaged", "This is not an invite.")
        return World.wallet
    }

    override suspend fun restore(invite: String, phrase: PhraseEntry, name: String?, keepDevices: Boolean) = World.wallet

    override suspend fun join(offer: String): Joining = error("this phone joins nobody")
}

class KeyLost : Opened.NeedsRecovery {
    override val reason = FakeWallet.problem(364, "key_invalidated", "The phone has thrown away the wallet's key.")

    override suspend fun restore(
        folder: Path, keys: Keys, invite: String, phrase: PhraseEntry, name: String?, keepDevices: Boolean,
    ) = World.wallet
}

@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = TestApp::class, qualifiers = "w411dp-h731dp-hdpi")
abstract class SampleTest(set: () -> Unit = {}) {
    init {
        World.fresh()
        set()
    }

    @get:Rule
    val rule = createAndroidComposeRule<MainActivity>()

    protected fun tap(text: String) {
        rule.onNodeWithText(text).performScrollTo().performClick()
        rule.waitForIdle()
    }

    protected fun type(label: String, text: String) = rule.onNodeWithText(label).performTextInput(text)

    protected fun sees(text: String) = rule.onNodeWithText(text).performScrollTo().assertIsDisplayed()

    protected fun picture(name: String) {
        rule.waitForIdle()
        val bitmap = rule.onRoot().captureToImage().asAndroidBitmap()
        val file = folder.resolve("$name.png")
        Files.newOutputStream(file).use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
    }

    protected fun look(text: String, amount: String? = null, memo: String? = null) {
        tap("Pay")
        type("Link or address", text)
        amount?.let { type("Amount, if you choose it", it) }
        memo?.let { type("Message to the payee (optional)", it) }
        tap("Continue")
    }

    protected fun truck() {
        World.wallet.payees["https://verifier.example/R#TACOS"] = Offer(
            Payee("Taco Truck", "Taco Truck", "taco-truck", Trust.VerifiedContact),
            World.usd("7.00"),
            memo = "Table 4",
            items = listOf(Item("Two tacos al pastor", World.usd("4.50")), Item("Horchata", World.usd("2.50"))),
            fee = World.usd("0.02"),
        )
    }

    private companion object {
        val folder: Path = Files.createDirectories(Path.of(System.getProperty("farthing.pictures", "target/pictures")))
    }
}

class HomeTest : SampleTest() {
    @Test
    fun `an account without payments says what to do`() {
        sees("No payments yet. Pay somebody, or show a request to be paid.")
        sees("20.00 USD")
        picture("home-empty")
    }

    @Test
    fun `text that another app shares is to be paid`() {
        truck()
        val text = "https://verifier.example/R#TACOS"
        rule.activityRule.scenario.onActivity {
            it.take(Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_TEXT, text))
        }
        rule.waitForIdle()
        tap("Continue")
        sees("Taco Truck")
    }
}

class PayTest : SampleTest() {
    @Test
    fun `a request is looked at, approved and paid, and stands in the history`() {
        truck()
        look("https://verifier.example/R#TACOS", memo = "no onions please")
        sees("Verified in person")
        picture("review")
        tap("Pay 7.02 USD")
        assertEquals(listOf("Taco Truck" to "7.02 USD"), World.asked.map { it.payee to "${it.total}" })
        sees("Paid 7.00 USD")
        picture("paid")
        tap("Done")
        World.wallet.receive(World.usd("3.00"), from = "Ben", memo = "for the bus")
        rule.waitForIdle()
        sees("+3.00 USD")
        sees("−7.02 USD")
        sees("15.98 USD")
        picture("home")
    }

    @Test
    fun `a payee whom nobody has checked is shown as such`() {
        World.wallet.payees["cafe-17"] = Offer(
            Payee("Café Zentral am Alten Markt, Inhaber M. Wolkenstein-Hohenfels", null, "cafe-17", Trust.UnverifiedAlias),
            null,
            warnings = listOf(Warning.UnverifiedPayee, Warning.ExpiresSoon(90)),
        )
        look("cafe-17", amount = "12.5")
        sees("12.50 USD".let { "Pay $it" })
        picture("review-unverified")
    }

    @Test
    fun `an address that does not say how much is asked for it`() {
        World.wallet.payees["cafe-17"] = Offer(Payee("Cafe", null, "cafe-17", Trust.KnownAlias), null)
        look("cafe-17")
        sees("Say how much is to be paid.")
        type("Amount", "1.25")
        tap("Continue")
        sees("Pay 1.25 USD")
    }

    @Test
    fun `what cannot be read, and too little money, are said in a sentence`() {
        look("hello")
        sees("This is neither a request nor an address that can be paid.")
        picture("pay-unreadable")
        World.wallet.payees["ben-3"] = Offer(Payee("Ben", "Ben", "ben-3", Trust.VerifiedContact), World.usd("50.00"))
        rule.runOnUiThread { rule.activity.take(Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_TEXT, "ben-3")) }
        rule.waitForIdle()
        tap("Continue")
        sees("There is not enough money. Add some first.")
    }

    @Test
    fun `a no pays nothing, and the same draft can be approved afterwards`() {
        truck()
        World.verdicts += Verdict.Declined
        look("https://verifier.example/R#TACOS")
        tap("Pay 7.02 USD")
        sees("You did not approve it. Nothing was paid.")
        picture("declined")
        tap("Pay 7.02 USD")
        sees("Paid 7.00 USD")
        assertEquals(2, World.asked.size)
    }

    @Test
    fun `a refusal says why`() {
        truck()
        World.wallet.fates += Fate.IsRefused(FakeWallet.problem(214, "handle_spent", "This request has already been paid."))
        look("https://verifier.example/R#TACOS")
        tap("Pay 7.02 USD")
        sees("Not paid")
        sees("This request has already been paid.")
        picture("refused")
    }

    @Test
    fun `an unknown outcome is neither a yes nor a no, and is found out`() {
        truck()
        World.wallet.fates += Fate.StaysUnknown(FakeWallet.noNetwork)
        look("https://verifier.example/R#TACOS")
        tap("Pay 7.02 USD")
        sees("Not known yet")
        picture("unknown")
        tap("Later")
        sees("7.02 USD on its way, not confirmed yet")
        picture("home-unfinished")
        tap("Find out")
        sees("Paid 7.00 USD")
    }

    @Test
    fun `a draft survives a rotation`() {
        truck()
        look("https://verifier.example/R#TACOS")
        rule.activityRule.scenario.recreate()
        rule.waitForIdle()
        tap("Pay 7.02 USD")
        sees("Paid 7.00 USD")
        assertEquals(1, World.asked.size)
    }

    @Test
    fun `a draft that is dropped is gone`() {
        truck()
        look("https://verifier.example/R#TACOS")
        tap("Not now")
        sees("20.00 USD")
    }
}

class AskTest : SampleTest() {
    @Test
    fun `a request is shown as a code, and turns green when it is paid`() {
        tap("Ask for money")
        type("Amount", "4.50")
        type("What for (optional)", "two tacos")
        picture("ask")
        tap("Show the code")
        sees("4.50 USD")
        picture("request")
        val request = kotlinx.coroutines.runBlocking { World.wallet.requests.list().single() }
        World.wallet.receive(World.usd("4.50"), request = request.id)
        rule.waitForIdle()
        sees("4.50 USD arrived.")
        picture("request-paid")
    }

    @Test
    fun `an amount that is none is said so`() {
        tap("Ask for money")
        type("Amount", "4,50")
        tap("Show the code")
        sees("That is not an amount. Write it like 4.50.")
    }
}

class WelcomeTest : SampleTest({ World.opened = { NoAccount() } }) {
    @Test
    fun `an invite opens an account`() {
        rule.onNodeWithText("Open an account").assertIsNotEnabled()
        picture("welcome")
        type("Invite link", "hello")
        tap("Open an account")
        sees("This is not an invite.")
        type("Invite link", "https://verifier.example/I#ABC")
        tap("Open an account")
        sees("20.00 USD")
    }
}

class LostTest : SampleTest({ World.opened = { KeyLost() } }) {
    @Test
    fun `a lost key is said with what helps`() {
        sees("The phone has thrown away the wallet's key.")
        picture("lost")
    }
}

class ClosedTest : SampleTest({ World.opened = { throw FakeWallet.offline() } }) {
    @Test
    fun `a wallet that cannot be opened for now can be tried again`() {
        sees("The verifier cannot be reached. Check the network.")
        picture("closed")
        World.opened = { World.Ready(World.wallet) }
        tap("Try again")
        sees("20.00 USD")
    }
}

@Config(application = TestApp::class, qualifiers = "w411dp-h731dp-night-hdpi")
class NightTest : SampleTest() {
    @Test
    fun `at night`() {
        truck()
        look("https://verifier.example/R#TACOS")
        picture("night-review")
        tap("Pay 7.02 USD")
        tap("Done")
        picture("night-home")
        tap("Ask for money")
        type("Amount", "4.50")
        tap("Show the code")
        picture("night-request")
    }
}

@Config(application = TestApp::class, qualifiers = "w320dp-h568dp-hdpi", fontScale = 1.6f)
class LargeTextTest : SampleTest() {
    @Test
    fun `on a small phone with large letters`() {
        truck()
        look("https://verifier.example/R#TACOS")
        picture("large-review")
        tap("Pay 7.02 USD")
        tap("Done")
        picture("large-home")
    }
}
