package farthing.android

import farthing.AllowanceDraft
import farthing.Draft
import farthing.Money
import farthing.OfflineOffer
import farthing.OfflinePrompt
import farthing.Payee
import farthing.TabDraft
import farthing.Trust

/** What a person sees before a payment, what is set aside, or what can be lost is approved. */
public class Approval(
    /** Who is paid; null where that is not known yet, or nobody is. */
    public val payee: String?,
    /** Whether somebody has checked who that is. */
    public val payeeIsVerified: Boolean,
    /** Amount and fee together. */
    public val total: Money,
    /** What it is for; null when nobody says. */
    public val reason: String?,
    /** What is approved. */
    public val kind: Kind = Kind.Payment,
    /** What can be lost by it, where the person is to be told. */
    public val atStake: Money? = null,
) {
    /** What is approved. */
    public enum class Kind {
        /** The total is paid. */
        Payment,

        /** The total is set aside for a tab, and nothing of it is paid yet. */
        Tab,

        /** The total is set aside for whoever is paid without network. */
        Allowance,

        /** The total is taken without network, and can be lost. */
        Taking,
    }

    init {
        require(payee == null || payee.isNotBlank()) { "somebody is paid" }
        require(payee != null || kind == Kind.Allowance || kind == Kind.Taking) { "somebody is paid" }
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
                kind = Kind.Tab,
            )
        }

        /** What the draft of an allowance says. */
        public fun of(draft: AllowanceDraft): Approval = Approval(
            payee = null, payeeIsVerified = false, total = draft.setAside, reason = null, kind = Kind.Allowance, atStake = draft.atStake,
        )

        /** What a request says that is paid without network: nobody has checked who it is of. */
        public fun of(prompt: OfflinePrompt): Approval = Approval(
            payee = prompt.calledItself ?: prompt.allowance.text, payeeIsVerified = false, total = prompt.amount, reason = prompt.memo,
        )

        /** What a payment says that is taken without network. */
        public fun of(offer: OfflineOffer): Approval = Approval(
            payee = null, payeeIsVerified = false, total = offer.amount, reason = offer.memo, kind = Kind.Taking,
            atStake = offer.couldLose.all,
        )

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
