package farthing

/** Whether money moved. */
public enum class MoneyMoved {
    /** It did not, and will not by what was tried. */
    No,

    /** It did. */
    Yes,

    /** Not known yet: [Wallet.sync] finds out, and nothing is done twice. */
    Unknown,
}

/** Whether and when to try again. */
public enum class Retry {
    /** It will not work. */
    Never,

    /** At once. */
    Now,

    /** Later: it is the network or the verifier. */
    Later,

    /** After what [Action] says. */
    AfterAction,
}

/** What the person or the app can do. */
public enum class Action {
    /** Nothing. */
    None,

    /** Correct the input. */
    CorrectInput,

    /** Look at the new draft and confirm it. */
    ConfirmAgain,

    /** Call [Wallet.sync]. */
    Sync,

    /** Unlock the phone, or whatever keeps the keys. */
    Unlock,

    /** Ask the payee for another request. */
    AskPayee,

    /** Ask the verifier's operator. */
    AskOperator,

    /** Add money first. */
    AddMoney,

    /** Make room on the disk, or make the folder writable. */
    FixStorage,

    /** Install a newer version. */
    Update,

    /** Restore the account from its phrase. */
    Restore,

    /** Finish the enrolment that was begun. */
    Enrol,
}

/** What a failure is about: the same for those that are thrown and those that are the end of a payment. */
public class Problem internal constructor(
    /** The stable number. */
    public val code: Int,
    /** The stable name, such as `insufficient_balance`. */
    public val kind: String,
    /** A sentence in English that says what to do. */
    public val sentence: String,
    /** Whether money moved. */
    public val moneyMoved: MoneyMoved,
    /** Whether to try again. */
    public val retry: Retry,
    /** What can be done. */
    public val action: Action,
    /** When to try again, in seconds, when the verifier said so. */
    public val retryAfterSeconds: Long?,
) {
    override fun equals(other: Any?): Boolean = other is Problem &&
        code == other.code && kind == other.kind && sentence == other.sentence && moneyMoved == other.moneyMoved &&
        retry == other.retry && action == other.action && retryAfterSeconds == other.retryAfterSeconds

    override fun hashCode(): Int = code

    override fun toString(): String = "$kind ($code): $sentence"
}

/** Why a call did not do what it was asked to; the class says whose fault it is. */
public sealed class FarthingException(
    /** What it is about. */
    public val problem: Problem,
) : Exception(problem.sentence) {
    /** The stable number. */
    public val code: Int get() = problem.code

    /** The stable name, such as `insufficient_balance`. */
    public val kind: String get() = problem.kind

    /** Whether money moved. */
    public val moneyMoved: MoneyMoved get() = problem.moneyMoved

    /** Whether to try again. */
    public val retry: Retry get() = problem.retry

    /** What can be done. */
    public val action: Action get() = problem.action

    /** When to try again, in seconds, when the verifier said so. */
    public val retryAfterSeconds: Long? get() = problem.retryAfterSeconds

    /** What was given cannot be read. */
    public class Unreadable internal constructor(problem: Problem) : FarthingException(problem)

    /** A rule forbids it. */
    public class Denied internal constructor(problem: Problem) : FarthingException(problem)

    /** The verifier or a payee broke the protocol. */
    public class Misbehaved internal constructor(problem: Problem) : FarthingException(problem)

    /** The network, or a busy verifier: later. */
    public class Offline internal constructor(problem: Problem) : FarthingException(problem)

    /** What keeps the keys did not give them. */
    public class Locked internal constructor(problem: Problem) : FarthingException(problem)

    /** The disk or the database. */
    public class Storage internal constructor(problem: Problem) : FarthingException(problem)

    /** The app or the person asked for what makes no sense now. */
    public class Misuse internal constructor(problem: Problem) : FarthingException(problem)

    /** The wallet was closed. */
    public class Closed internal constructor(problem: Problem) : FarthingException(problem)
}

/** Why the native library cannot be used. Nothing was called yet, and no wallet was touched. */
public sealed class LibraryException(message: String, cause: Throwable?) : Exception(message, cause) {
    /** It is not where libraries are looked for: not packed for this device, or `jna.library.path` does not name its folder. */
    public class Missing internal constructor(name: String, cause: Throwable?) :
        LibraryException(
            "The native library $name was not found for this system. " +
                "Pack it with the app, or name its folder in jna.library.path.",
            cause,
        )

    /** It is there, and of another version than this code: the two were not built together. */
    public class Mismatch internal constructor(
        name: String,
        /** The version that this code was made for. */
        public val expected: Long,
        /** The library's version; null when it says none. */
        public val found: Long?,
    ) : LibraryException(
        "The native library $name is of another version than this code: it has ${found ?: "none"}, and $expected is needed. " +
            "Build and ship the two together.",
        null,
    )
}
