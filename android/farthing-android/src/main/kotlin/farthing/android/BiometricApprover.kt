package farthing.android

import androidx.biometric.BiometricPrompt.CryptoObject
import androidx.fragment.app.FragmentActivity
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.merge
import kotlinx.coroutines.flow.receiveAsFlow
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

/**
 * Asks by the phone's own prompt: fingerprint, face, or the screen lock.
 *
 * One question at a time: a second one waits for the first one's end, and its [patience] begins when its turn comes. A question
 * outlives the activity it was asked over: after a rotation the prompt stays and is heard by the next activity; when the app
 * was put aside, or the activity was thrown away with all that it had, it is asked again over the one that comes next.
 *
 * Keep one for the whole app.
 */
public class BiometricApprover(
    private val activities: Activities,
    /** How long a person may take, the time included that the app is put aside. */
    private val patience: Duration = 60.seconds,
) : Approver {
    private val turn = Mutex()

    /** What is being asked. The main thread's. */
    private var asking: Question? = null

    init {
        activities.onMade = { activity -> asking?.heardBy(activity) }
    }

    override suspend fun approve(approval: Approval): Verdict =
        ask(Question(Words.of(approval), authenticators(Asked.Yes), null)).verdict

    /** Asks for a payment and, with it, for the use of a key. */
    internal suspend fun approve(approval: Approval, key: CryptoObject): Answer =
        ask(Question(Words.of(approval), authenticators(Asked.Key), key))

    /** Asks for the use of a key that only a strong biometric opens. */
    internal suspend fun unlock(title: String, key: CryptoObject): Answer =
        ask(Question(Words.unlocking(title), authenticators(Asked.StrongKey), key))

    // Posted, never at once: an activity that is just being resumed cannot take a fragment.
    private suspend fun ask(question: Question): Answer = withContext(Dispatchers.Main) {
        turn.withLock {
            asking = question
            try {
                withTimeoutOrNull(patience) { answerTo(question) } ?: Answer(Verdict.TimedOut)
            } finally {
                asking = null
                withContext(NonCancellable) { question.takeAway() }
            }
        }
    }

    private suspend fun answerTo(question: Question): Answer {
        repeat(SHOWN_MAX) {
            val activity = front().first()
            refusal(activity, question.authenticators)?.let { return Answer(it) }
            question.show(activity)
            val answer = merge(
                question.answers.receiveAsFlow(),
                // Another activity than the one it is shown over, or the same one made anew without what it had.
                front().filter { !question.isOver(it) }.map { null },
            ).first()
            if (answer != null && answer.verdict != Verdict.Interrupted) return answer
            question.takeAway()
            // The system takes a prompt away before it says that the app is put aside.
            delay(SETTLING)
        }
        return Answer(Verdict.Interrupted)
    }

    private fun front() = activities.front.map { it?.get() }.filterNotNull()

    private companion object {
        /** The system may take a prompt away as often as it likes; a person is not asked for ever. */
        const val SHOWN_MAX = 5

        val SETTLING = 300.milliseconds
    }
}

/** A verdict, with the operation that a yes has unlocked. */
internal class Answer(val verdict: Verdict, val key: CryptoObject? = null)
