package farthing.internal

import farthing.Action
import farthing.FarthingException
import farthing.MoneyMoved
import farthing.Problem
import farthing.Retry
import farthing.generated.Failure
import farthing.generated.FailureInfo
import farthing.generated.Fault
import farthing.generated.InternalException
import farthing.generated.Action as NativeAction
import farthing.generated.MoneyMoved as NativeMoneyMoved
import farthing.generated.Retry as NativeRetry

/** Makes a generated call; what it throws becomes an exception of ours. */
internal inline fun <T> translated(call: () -> T): T = try {
    call()
} catch (failure: Failure) {
    throw failure.info().toException()
} catch (panic: InternalException) {
    throw unexpected(panic)
}

internal fun Failure.info(): FailureInfo = when (this) {
    is Failure.Failed -> info
}

private fun FailureInfo.toException(): FarthingException {
    val problem = toProblem()
    // Closing is the app's own doing, and the only one that it waits for.
    if (kind == CLOSED) return FarthingException.Closed(problem)
    return when (fault) {
        Fault.MALFORMED -> FarthingException.Unreadable(problem)
        Fault.PEER_MISBEHAVED -> FarthingException.Misbehaved(problem)
        Fault.REFUSED_BY_POLICY -> FarthingException.Denied(problem)
        Fault.TRY_LATER -> FarthingException.Offline(problem)
        Fault.MISUSE -> FarthingException.Misuse(problem)
        Fault.STORAGE -> FarthingException.Storage(problem)
        Fault.VAULT -> FarthingException.Locked(problem)
    }
}

/** A fault in the library itself. What it was doing may have been stored before. */
private fun unexpected(panic: InternalException): FarthingException {
    val sentence = "Something went wrong inside the wallet; a sync finds out what became of it."
    val problem = Problem(INTERNAL, "internal", sentence, MoneyMoved.Unknown, Retry.Later, Action.Sync, null)
    return FarthingException.Misuse(problem).apply { initCause(panic) }
}

internal fun FailureInfo.toProblem(): Problem = Problem(
    code = code.toInt(),
    kind = kind,
    sentence = text,
    moneyMoved = when (moneyMoved) {
        NativeMoneyMoved.NO -> MoneyMoved.No
        NativeMoneyMoved.YES -> MoneyMoved.Yes
        NativeMoneyMoved.UNKNOWN -> MoneyMoved.Unknown
    },
    retry = when (retry) {
        NativeRetry.NEVER -> Retry.Never
        NativeRetry.NOW -> Retry.Now
        NativeRetry.LATER -> Retry.Later
        NativeRetry.AFTER_ACTION -> Retry.AfterAction
    },
    action = when (action) {
        NativeAction.NONE -> Action.None
        NativeAction.CORRECT_INPUT -> Action.CorrectInput
        NativeAction.CONFIRM_AGAIN -> Action.ConfirmAgain
        NativeAction.SYNC -> Action.Sync
        NativeAction.UNLOCK -> Action.Unlock
        NativeAction.ASK_PAYEE -> Action.AskPayee
        NativeAction.ASK_OPERATOR -> Action.AskOperator
        NativeAction.ADD_MONEY -> Action.AddMoney
        NativeAction.FIX_STORAGE -> Action.FixStorage
        NativeAction.UPDATE -> Action.Update
        NativeAction.RESTORE -> Action.Restore
        NativeAction.ENROL -> Action.Enrol
    },
    retryAfterSeconds = retryAfterS?.toLong(),
)

/** The kinds that this code itself looks at. */
internal const val CLOSED = "closed"
internal const val PAUSED = "paused"
private const val INTERNAL = 399
