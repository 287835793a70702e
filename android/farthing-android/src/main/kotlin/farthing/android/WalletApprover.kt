package farthing.android

import android.content.Context
import farthing.ApprovalException
import farthing.ApprovalException.Reason
import farthing.Draft
import farthing.OfflineQuestion
import farthing.TabDraft
import java.math.BigInteger
import java.security.interfaces.ECPublicKey
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import farthing.Approval as WalletApproval
import farthing.Approver as AsksForWallet

/**
 * Asks before each payment, each tab and what is done without network by the phone's prompt, and has it signed by the [SpendingKey] in the phone's hardware.
 *
 * The key is made when an account is opened or restored. One that the phone has thrown away stays so for the wallet that has it,
 * which then receives and cannot pay; the account is restored with its phrase, under the same name or another, and gets a new one.
 */
public class WalletApprover(
    context: Context,
    private val approver: BiometricApprover,
    private val name: String = "wallet",
) : AsksForWallet {
    private val app: Context = context.applicationContext

    /** @throws ApprovalException for a phone without a screen lock: it can keep no such key. */
    override fun spendingKey(): ByteArray? = approving {
        val found = SpendingKey.find(app, name)
        if (found != null && found.isUsable()) return found.publicKey.point()
        // What cannot sign any more is of no wallet that could still pay.
        if (found != null) SpendingKey.delete(app, name)
        SpendingKey.create(app, name).publicKey.point()
    }

    override suspend fun approve(draft: Draft, message: ByteArray?): WalletApproval = ask(Approval.of(draft), message)

    override suspend fun approveTab(draft: TabDraft, message: ByteArray?): WalletApproval =
        ask(Approval.of(draft), message)

    override suspend fun approveOffline(question: OfflineQuestion, message: ByteArray?): WalletApproval = when (question) {
        is OfflineQuestion.Allow -> ask(Approval.of(question.draft), message)
        is OfflineQuestion.Pay -> ask(Approval.of(question.prompt), message)
        is OfflineQuestion.Take -> ask(Approval.of(question.offer), message)
    }

    private suspend fun ask(shown: Approval, message: ByteArray?): WalletApproval = approving {
        if (message == null) {
            return refuseUnless(approver.approve(shown)) { WalletApproval.Confirmed }
        }
        // The Keystore may take its time, and the prompt finds the main thread by itself.
        val signed = withContext(Dispatchers.IO) {
            val key = SpendingKey.find(app, name) ?: throw KeystoreException(KeystoreException.Reason.Missing)
            key.sign(message, shown, approver)
        }
        when (signed) {
            is SpendingKey.Signed.Yes -> WalletApproval.Signed(signed.der)
            is SpendingKey.Signed.No -> refuseUnless(signed.verdict) { throw ApprovalException(Reason.Unavailable) }
        }
    }

    private fun refuseUnless(verdict: Verdict, approved: () -> WalletApproval): WalletApproval = when (verdict) {
        is Verdict.Approved -> approved()
        is Verdict.Declined -> throw ApprovalException(Reason.Declined)
        is Verdict.TimedOut -> throw ApprovalException(Reason.TimedOut)
        is Verdict.LockedOut -> throw ApprovalException(Reason.Locked)
        is Verdict.NotEnrolled, is Verdict.NoHardware, is Verdict.Interrupted -> throw ApprovalException(Reason.Unavailable)
    }
}

private inline fun <T> approving(call: () -> T): T = try {
    call()
} catch (failed: KeystoreException) {
    val reason = when (failed.reason) {
        KeystoreException.Reason.Locked -> Reason.Locked
        KeystoreException.Reason.Invalidated, KeystoreException.Reason.Missing -> Reason.Invalidated
        KeystoreException.Reason.Unavailable -> Reason.Unavailable
    }
    throw ApprovalException(reason, failed)
}

/** Uncompressed (SEC 1 §2.3.3). */
private fun ECPublicKey.point(): ByteArray = byteArrayOf(UNCOMPRESSED) + w.affineX.coordinate() + w.affineY.coordinate()

/** 32 bytes, big-endian: a BigInteger leaves zeros out, and puts one in front where it would be negative. */
private fun BigInteger.coordinate(): ByteArray {
    val bytes = toByteArray().takeLast(COORDINATE).toByteArray()
    return ByteArray(COORDINATE - bytes.size) + bytes
}

private const val UNCOMPRESSED: Byte = 4
private const val COORDINATE = 32
