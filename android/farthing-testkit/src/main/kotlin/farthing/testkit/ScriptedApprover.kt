package farthing.testkit

import farthing.Approval
import farthing.ApprovalException
import farthing.Approver
import farthing.Draft
import farthing.OfflineQuestion
import farthing.TabDraft
import kotlinx.coroutines.awaitCancellation

/** A person who answers as the test has said before, and says yes when it has said nothing. */
public class ScriptedApprover : Approver {
    /** What a person does when asked. */
    public sealed interface Answer {
        /** Says yes. */
        public data object Yes : Answer

        /** Says no, or cannot be asked. */
        public data class No(val reason: ApprovalException.Reason) : Answer

        /** Says nothing, until the question is withdrawn. */
        public data object Silence : Answer
    }

    /** The answers to come, in their order. */
    public val answers: ArrayDeque<Answer> = ArrayDeque()

    /** What was shown, in its order. */
    public val shown: MutableList<Draft> = mutableListOf()

    /** What was shown of tabs, in its order. */
    public val shownTabs: MutableList<TabDraft> = mutableListOf()

    /** What was shown of money without network, in its order. */
    public val shownOffline: MutableList<OfflineQuestion> = mutableListOf()

    override suspend fun approve(draft: Draft, message: ByteArray?): Approval {
        shown += draft
        return answer()
    }

    override suspend fun approveTab(draft: TabDraft, message: ByteArray?): Approval {
        shownTabs += draft
        return answer()
    }

    override suspend fun approveOffline(question: OfflineQuestion, message: ByteArray?): Approval {
        shownOffline += question
        return answer()
    }

    private suspend fun answer(): Approval = when (val answer = answers.removeFirstOrNull() ?: Answer.Yes) {
        is Answer.Yes -> Approval.Confirmed
        is Answer.No -> throw ApprovalException(answer.reason)
        is Answer.Silence -> awaitCancellation()
    }
}
