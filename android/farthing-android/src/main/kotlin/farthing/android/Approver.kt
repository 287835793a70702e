package farthing.android

import farthing.Draft
import farthing.Money
import farthing.Payee
import farthing.TabDraft
import farthing.Trust

/** What a person sees before a payment, or what is set aside for a tab, is approved. */
public class Approval(
    /** Who is paid. */
    public val payee: String,
    /** Whether somebody has checked who that is. */
    public val payeeIsVerified: Boolean,
    /** Amount and fee together. */
    public val total: Money,
    /** What it is for; null when nobody says. */
    public val reason: String?,
    /** The total is set aside for a tab, and nothing of it is paid yet. */
    public val setsAside: Boolean = false,
) {
    init {
        require(payee.isNotBlank()) { "somebody is paid" }
    }

    public companion object {
        /** What a draft says. The memo that we write is ours; what the request says is the payee's word. */
        public fun of(draft: Draft): Approval {
            val payee = draft.payee
            return Approval(
                payee = payee.contact ?: payee.calledItself ?: payee.alias ?: draft.id.text,
                payeeIsVerified = payee.isVerified(),
                total = draft.total,
                reason = draft.requestMemo ?: draft.memo,
            )
        }

        /** What the draft of a tab says. */
        public fun of(draft: TabDraft): Approval {
            val payee = draft.payee
            return Approval(
                payee = payee.contact ?: payee.calledItself ?: payee.alias ?: draft.id.text,
                payeeIsVerified = payee.isVerified(),
                total = draft.setAside,
                reason = draft.offerMemo ?: draft.memo,
                setsAside = true,
            )
        }

        private fun Payee.isVerified() = when (trust) {
            Trust.MetContact, Trust.VerifiedContact, Trust.KnownAlias -> true
            Trust.Request, Trust.UnverifiedAlias -> false
        }
    }
}

/** A person's answer, or why there is none. Only [Approved] is a yes. */
public sealed interface Verdict {
    /** Yes. */
    public data object Approved : Verdict

    /** No: dismissed, or the button that says so. */
    public data object Declined : Verdict

    /** Nobody answered in time. */
    public data object TimedOut : Verdict

    /** Too many wrong fingers; [permanently] until the phone is unlocked by its PIN, pattern or password. */
    public data class LockedOut(val permanently: Boolean) : Verdict

    /** The phone has neither a fingerprint nor a face that counts, nor a screen lock where that would do. */
    public data object NotEnrolled : Verdict

    /** The phone cannot ask. */
    public data object NoHardware : Verdict

    /** The phone took the prompt away, or could not show one just now. Asking again may work. */
    public data object Interrupted : Verdict
}

/** Asks a person for a payment. Another one can be put in its place, as tests do. */
public fun interface Approver {
    /** Asks, and waits for the answer. Cancelling takes the question away. */
    public suspend fun approve(approval: Approval): Verdict
}
