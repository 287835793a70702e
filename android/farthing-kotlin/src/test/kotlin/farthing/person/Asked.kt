package farthing.person

import farthing.Approval
import farthing.ApprovalException
import farthing.ApprovalException.Reason
import farthing.Approver
import farthing.Draft
import farthing.OfflineQuestion
import farthing.TabDraft
import java.util.concurrent.CopyOnWriteArrayList
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first

/** Who is asked before a payment is signed: a person who does what the scenario says, and perhaps a key in hardware. */
class Asked(@Volatile private var key: Hardware?) : Approver {
    private val answer = MutableStateFlow("yes")

    private class Question(val draft: Map<String, Any?>, val signs: Boolean) {
        @Volatile
        var state = "open"
    }

    private val questions = CopyOnWriteArrayList<Question>()

    /** From now on, and to what is open. */
    fun answers(answer: String) {
        this.answer.value = answer
    }

    /** From now on the phone has another key. */
    fun renew(seed: Long) {
        key = Hardware(seed)
    }

    override fun spendingKey(): ByteArray? = key?.point

    override suspend fun approve(draft: Draft, message: ByteArray?): Approval = answerTo(draft.told(), message)

    override suspend fun approveTab(draft: TabDraft, message: ByteArray?): Approval = answerTo(draft.told(), message)

    override suspend fun approveOffline(question: OfflineQuestion, message: ByteArray?): Approval =
        answerTo(question.told(), message)

    private suspend fun answerTo(draft: Map<String, Any?>, message: ByteArray?): Approval {
        val question = Question(draft, message != null).also { questions += it }
        // Whoever is silent thinks, until it is said what of.
        val said = try {
            answer.first { it != "silent" }
        } catch (dismissed: CancellationException) {
            question.state = "dismissed"
            throw dismissed
        }
        question.state = "answered"
        return said(said, message)
    }

    private fun said(answer: String, message: ByteArray?): Approval = when (answer) {
        "yes" -> if (message == null) Approval.Confirmed else signed(message)
        "declined" -> throw ApprovalException(Reason.Declined)
        "timed_out" -> throw ApprovalException(Reason.TimedOut)
        "locked" -> throw ApprovalException(Reason.Locked)
        "invalidated" -> throw ApprovalException(Reason.Invalidated)
        "unavailable" -> throw ApprovalException(Reason.Unavailable)
        // No exception at all.
        "throws" -> throw AssertionError("thrown by the approver")
        "signs_other" -> if (key == null) Approval.Signed(NO_SIGNATURE) else signed("something else".toByteArray())
        "unsigned" -> if (message == null) Approval.Signed(NO_SIGNATURE) else Approval.Confirmed
        else -> error("nobody answers $answer")
    }

    private fun signed(message: ByteArray): Approval =
        Approval.Signed((key ?: throw ApprovalException(Reason.Unavailable)).sign(message))

    fun told(): Map<String, Any?> = mapOf(
        "questions" to questions.map { mapOf("draft" to it.draft, "signs" to it.signs, "state" to it.state) },
    )

    private companion object {
        /** A signature of the right size, of nothing. */
        val NO_SIGNATURE = ByteArray(64) { 1 }
    }
}
