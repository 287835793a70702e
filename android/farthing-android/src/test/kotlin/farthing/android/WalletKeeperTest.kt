package farthing.android

import androidx.lifecycle.Lifecycle
import androidx.lifecycle.LifecycleOwner
import androidx.lifecycle.LifecycleRegistry
import farthing.Money
import farthing.testkit.FakeWallet
import farthing.testkit.FakeWallet.Life
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test

class WalletKeeperTest : AndroidTest() {
    private val process = object : LifecycleOwner {
        override val lifecycle = LifecycleRegistry(this)
    }
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Main)
    private val wallet = FakeWallet(Money.of("20.00", "USD", 6))
    private val keeper: WalletKeeper by lazy { WalletKeeper(wallet, scope, process.lifecycle, 30.seconds).also { idle() } }

    private fun front() = to(Lifecycle.State.STARTED)

    private fun background() = to(Lifecycle.State.CREATED)

    private fun to(state: Lifecycle.State) {
        process.lifecycle.currentState = state
        idle()
    }

    private val life get() = wallet.lifeState.value

    @After
    fun end() = scope.cancel()

    @Test
    fun `it pauses after the grace and resumes at once`() {
        front()
        keeper
        background()
        idle(29_000)
        assertEquals(Life.Running, life)
        idle(2_000)
        assertEquals(Life.Paused, life)
        assertEquals(WalletKeeper.State.Paused, keeper.state.value)
        front()
        assertEquals(Life.Running, life)
        assertEquals(WalletKeeper.State.Running, keeper.state.value)
    }

    @Test
    fun `a look at another app is no reason`() {
        front()
        keeper
        repeat(5) {
            background()
            idle(20_000)
            front()
            idle(1_000)
        }
        assertEquals(Life.Running, life)
    }

    @Test
    fun `a process that starts in the background is paused, too`() {
        background()
        keeper
        idle(31_000)
        assertEquals(Life.Paused, life)
    }

    @Test
    fun `a pause that failed is tried again, and so is waking`() {
        front()
        keeper
        background()
        wallet.nextFailure = FakeWallet.offline()
        idle(31_000)
        assertEquals(Life.Running, life)
        idle(2_000)
        assertEquals(Life.Paused, life)

        wallet.nextFailure = FakeWallet.offline()
        front()
        assertTrue(keeper.state.value is WalletKeeper.State.Failing)
        idle(2_100)
        assertEquals(WalletKeeper.State.Running, keeper.state.value)
    }

    @Test
    fun `work in the background has the wallet awake, and for no longer`() {
        background()
        keeper
        idle(31_000)
        assertEquals(Life.Paused, life)
        val finish = CompletableDeferred<Unit>()
        val work = begun {
            keeper.awake { wallet ->
                val there = wallet.balances().single().available
                finish.await()
                there
            }
        }
        idle(60_000)
        assertEquals(Life.Running, life)
        assertFalse(work.isCompleted)
        finish.complete(Unit)
        idle(31_000)
        assertTrue(work.isCompleted)
        assertEquals(Life.Paused, life)
    }

    @Test
    fun `closing ends the keeping before the wallet`() {
        front()
        keeper
        background()
        val closing = begun { keeper.close() }
        idle(60_000)
        assertTrue(closing.isCompleted)
        assertEquals(Life.Closed, life)
        assertEquals(WalletKeeper.State.Closed, keeper.state.value)
        front()
        begun { keeper.close() }
        idle(1_000)
        assertEquals(Life.Closed, life)
    }

    @Test
    fun `who uses a closed wallet is told`() {
        front()
        keeper
        begun { keeper.close() }
        idle(1_000)
        val asked = begun { keeper.awake { it.balances() } }
        idle(1_000)
        @Suppress("OPT_IN_USAGE")
        assertTrue(asked.getCompletionExceptionOrNull() is farthing.FarthingException.Closed)
    }

    @Test
    fun `a wallet that was closed elsewhere is left alone`() {
        front()
        keeper
        begun { wallet.close() }
        background()
        idle(31_000)
        assertEquals(WalletKeeper.State.Closed, keeper.state.value)
        front()
        idle(10_000)
        assertEquals(Life.Closed, life)
    }
}
