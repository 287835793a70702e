package farthing.android

import android.content.Context
import androidx.biometric.BiometricManager
import androidx.biometric.BiometricPrompt
import androidx.biometric.BiometricPrompt.AuthenticationResult
import androidx.biometric.BiometricPrompt.CryptoObject
import androidx.biometric.BiometricPrompt.PromptInfo
import androidx.core.content.ContextCompat
import androidx.fragment.app.FragmentActivity
import androidx.lifecycle.ViewModel
import androidx.lifecycle.ViewModelProvider
import farthing.android.Approval.Kind
import kotlinx.coroutines.channels.Channel

/** What a prompt says. */
internal class Words(
    val title: (Context) -> String,
    val payee: ((Context) -> String)? = null,
    val reason: (Context) -> String? = { null },
    val decline: Int,
) {
    companion object {
        fun of(approval: Approval) = Words(
            title = {
                val text = when (approval.kind) {
                    Kind.Payment -> R.string.farthing_approve_title
                    Kind.Tab -> R.string.farthing_approve_tab_title
                    Kind.Allowance -> R.string.farthing_approve_allowance_title
                    Kind.Taking -> R.string.farthing_approve_take_title
                }
                it.getString(text, approval.total.toString())
            },
            payee = approval.payee?.let { payee ->
                {
                    val verified = approval.payeeIsVerified
                    val text = if (verified) R.string.farthing_approve_payee else R.string.farthing_approve_payee_unverified
                    it.getString(text, payee)
                }
            },
            reason = { context ->
                val taking = approval.kind == Kind.Taking
                val text = if (taking) R.string.farthing_approve_take_stake else R.string.farthing_approve_allowance_stake
                val stake = approval.atStake?.let { context.getString(text, it.toString()) }
                listOfNotNull(stake, approval.reason).joinToString("\n").ifEmpty { null }
            },
            decline = if (approval.kind == Kind.Taking) R.string.farthing_unlock_decline else R.string.farthing_approve_decline,
        )

        fun unlocking(title: String) = Words(title = { title }, decline = R.string.farthing_unlock_decline)
    }
}

/** One question to a person, over as many activities as it takes. The main thread's. */
internal class Question(private val words: Words, val authenticators: Int, private val key: CryptoObject?) {
    /** What the prompt said; [Verdict.Interrupted] when the system took it away. The newest counts. */
    val answers = Channel<Answer>(Channel.CONFLATED)

    private var prompt: BiometricPrompt? = null

    fun show(activity: FragmentActivity) {
        while (answers.tryReceive().isSuccess) Unit
        mark(activity).question = this
        val prompt = listen(activity)
        val info = words.info(activity, authenticators)
        if (key == null) prompt.authenticate(info) else prompt.authenticate(info, key)
    }

    /** Whether the prompt is over this activity, or was over the one that it replaces after a rotation. */
    fun isOver(activity: FragmentActivity): Boolean = mark(activity).question === this

    /** An activity was made. Its prompt's fragment answers to whom the newest BiometricPrompt names. */
    fun heardBy(activity: FragmentActivity) {
        if (isOver(activity)) listen(activity)
    }

    fun takeAway() {
        prompt?.cancelAuthentication()
        prompt = null
    }

    private fun listen(activity: FragmentActivity): BiometricPrompt {
        val listener = object : BiometricPrompt.AuthenticationCallback() {
            override fun onAuthenticationSucceeded(result: AuthenticationResult) {
                answers.trySend(Answer(Verdict.Approved, result.cryptoObject))
            }

            override fun onAuthenticationError(errorCode: Int, errString: CharSequence) {
                answers.trySend(Answer(verdictOf(errorCode)))
            }
        }
        return BiometricPrompt(activity, ContextCompat.getMainExecutor(activity), listener).also { prompt = it }
    }

    private fun mark(activity: FragmentActivity): Mark = ViewModelProvider(activity)[Mark::class.java]
}

/** Stays with an activity over rotations, and goes with it when it goes for good. */
internal class Mark : ViewModel() {
    var question: Question? = null
}

private fun Words.info(context: Context, authenticators: Int): PromptInfo {
    val info = PromptInfo.Builder()
        .setTitle(title(context))
        .setAllowedAuthenticators(authenticators)
        // A face that happens to look at the phone is no yes.
        .setConfirmationRequired(true)
    payee?.let { info.setSubtitle(it(context)) }
    reason(context)?.let { info.setDescription(it) }
    if (needsDeclineButton(authenticators)) info.setNegativeButtonText(context.getString(decline))
    return info.build()
}

internal fun verdictOf(error: Int): Verdict = when (error) {
    BiometricPrompt.ERROR_USER_CANCELED, BiometricPrompt.ERROR_NEGATIVE_BUTTON -> Verdict.Declined
    BiometricPrompt.ERROR_TIMEOUT -> Verdict.TimedOut
    BiometricPrompt.ERROR_LOCKOUT -> Verdict.LockedOut(permanently = false)
    BiometricPrompt.ERROR_LOCKOUT_PERMANENT -> Verdict.LockedOut(permanently = true)
    BiometricPrompt.ERROR_NO_BIOMETRICS, BiometricPrompt.ERROR_NO_DEVICE_CREDENTIAL -> Verdict.NotEnrolled
    BiometricPrompt.ERROR_HW_NOT_PRESENT, BiometricPrompt.ERROR_SECURITY_UPDATE_REQUIRED -> Verdict.NoHardware
    else -> Verdict.Interrupted
}

/** Why a prompt of this kind cannot be shown on this phone. */
internal fun refusal(context: Context, authenticators: Int): Verdict? =
    when (BiometricManager.from(context).canAuthenticate(authenticators)) {
        BiometricManager.BIOMETRIC_ERROR_NONE_ENROLLED -> Verdict.NotEnrolled
        BiometricManager.BIOMETRIC_ERROR_NO_HARDWARE,
        BiometricManager.BIOMETRIC_ERROR_UNSUPPORTED,
        BiometricManager.BIOMETRIC_ERROR_SECURITY_UPDATE_REQUIRED,
        -> Verdict.NoHardware
        BiometricManager.BIOMETRIC_ERROR_HW_UNAVAILABLE -> Verdict.Interrupted
        // Also "unknown", which old phones say: the prompt itself tells.
        else -> null
    }
