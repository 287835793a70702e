package farthing.internal

import farthing.Approval
import farthing.ApprovalException
import farthing.ApprovalException.Reason
import farthing.Approver
import farthing.generated.ApprovalFailure
import farthing.generated.Approved
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import farthing.generated.Approver as NativeApprover
import farthing.generated.Draft as NativeDraft
import farthing.generated.OfflineQuestion as NativeOfflineQuestion
import farthing.generated.TabDraft as NativeTabDraft

/**
 * What the library calls. Nothing is let through that the library does not know: an error that got through would never be
 * answered, or arrive as an answer.
 */
internal class ApproverAdapter(private val approver: Approver) : NativeApprover {
    override fun spendingKey(): ByteArray? = try {
        approver.spendingKey()
    } catch (failed: Throwable) {
        throw failed.crossed()
    }

    override suspend fun approve(draft: NativeDraft, message: ByteArray?): Approved =
        asked { approver.approve(draft.crossed(), message) }

    override suspend fun approveTab(draft: NativeTabDraft, message: ByteArray?): Approved =
        asked { approver.approveTab(draft.crossed(), message) }

    override suspend fun approveOffline(question: NativeOfflineQuestion, message: ByteArray?): Approved =
        asked { approver.approveOffline(question.crossed(), message) }

    private suspend inline fun asked(ask: () -> Approval): Approved = try {
        when (val approval = ask()) {
            is Approval.Confirmed -> Approved.Confirmed
            is Approval.Signed -> Approved.Signed(approval.signature)
        }
    } catch (cancelled: CancellationException) {
        // Ours, when nobody waits for the answer any more; else the approver's own.
        currentCoroutineContext().ensureActive()
        throw cancelled.crossed()
    } catch (failed: Throwable) {
        throw failed.crossed()
    }
}

private fun Throwable.crossed(): ApprovalFailure = when ((this as? ApprovalException)?.reason) {
    Reason.Declined -> ApprovalFailure.Declined()
    Reason.TimedOut -> ApprovalFailure.TimedOut()
    Reason.Locked -> ApprovalFailure.Locked()
    Reason.Invalidated -> ApprovalFailure.Invalidated()
    Reason.Unavailable, null -> ApprovalFailure.Unavailable()
}
