package farthing.android

import androidx.lifecycle.Lifecycle
import androidx.lifecycle.LifecycleEventObserver
import androidx.lifecycle.ProcessLifecycleOwner
import farthing.FarthingException
import farthing.Problem
import farthing.Wallet
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/**
 * Pauses a wallet some time after the app went to the background, and resumes it when the app is back: an app that holds files
 * and locks in the background is the first to be ended.
 *
 * It looks at what is wanted, not at what has changed: a pause that failed is tried again, and going to and fro quickly does
 * nothing.
 */
public class WalletKeeper(
    private val wallet: Wallet,
    scope: CoroutineScope,
    lifecycle: Lifecycle = ProcessLifecycleOwner.get().lifecycle,
    /** How long the app may be away before the wallet is paused: a look at a message is no reason. */
    private val grace: Duration = 30.seconds,
) {
    /** How the wallet stands. */
    public sealed interface State {
        /** It works. */
        public data object Running : State

        /** It is paused; calls on it fail with the kind `paused`. */
        public data object Paused : State

        /** It could not be resumed, and is tried again. */
        public data class Failing(public val why: Problem) : State

        /** It was closed. */
        public data object Closed : State
    }

    private val now = MutableStateFlow<State>(State.Running)
    private val inFront = MutableStateFlow(lifecycle.currentState.isAtLeast(Lifecycle.State.STARTED))
    private val working = MutableStateFlow(0)
    private val keeping: Job
    private val observing: Job

    /** How the wallet stands now, and each time it changes. */
    public val state: StateFlow<State> = now.asStateFlow()

    init {
        val observer = LifecycleEventObserver { _, event ->
            inFront.value = event.targetState.isAtLeast(Lifecycle.State.STARTED)
        }
        // A lifecycle is the main thread's.
        observing = scope.launch(Dispatchers.Main.immediate) {
            lifecycle.addObserver(observer)
            try {
                awaitCancellation()
            } finally {
                lifecycle.removeObserver(observer)
            }
        }
        keeping = scope.launch {
            combine(inFront, working) { front, work -> front || work > 0 }
                .distinctUntilChanged()
                .collectLatest { wanted -> if (wanted) wake() else rest() }
        }
    }

    /**
     * Does something in the background, such as fetching a payment that was announced: the wallet is resumed for it, and not
     * paused before its end.
     *
     * @throws FarthingException.Closed when the wallet was closed.
     */
    public suspend fun <T> awake(work: suspend (Wallet) -> T): T {
        working.update { it + 1 }
        try {
            state.first { it != State.Paused }
            return work(wallet)
        } finally {
            working.update { it - 1 }
        }
    }

    /** Stops keeping, then closes the wallet. In this order, or a pause could come after the end. A second call does nothing. */
    public suspend fun close(): Unit = withContext(NonCancellable) {
        observing.cancelAndJoin()
        keeping.cancelAndJoin()
        wallet.close()
        now.value = State.Closed
    }

    private suspend fun wake() {
        while (now.value != State.Running) {
            val failure = attempt(State.Running) { wallet.resume() } ?: return
            now.value = State.Failing(failure)
            delay(AGAIN)
        }
    }

    private suspend fun rest() {
        delay(grace)
        while (now.value == State.Running) {
            attempt(State.Paused) { wallet.pause() } ?: return
            delay(AGAIN)
        }
    }

    /** Null when it was done. It is done to its end, or nobody would know whether the wallet is paused. */
    private suspend fun attempt(then: State, call: suspend () -> Unit): Problem? = withContext(NonCancellable) {
        try {
            call()
            now.value = then
            null
        } catch (_: FarthingException.Closed) {
            now.value = State.Closed
            null
        } catch (failure: FarthingException) {
            failure.problem
        }
    }

    private companion object {
        val AGAIN = 2.seconds
    }
}
