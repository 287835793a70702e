package farthing

/** What the account is, and what the verifier knows of it. */
public interface Account {
    /** The aliases that it is paid at, the first one first. */
    public suspend fun aliases(): List<String>

    /** Registers a further one. Again is harmless. */
    public suspend fun register(alias: String)

    /** Whether the recovery phrase is kept here. */
    public suspend fun keepsPhrase(): Boolean

    /** The person has typed the phrase again, so it is on paper: it is forgotten here. */
    public suspend fun confirmPhrase(phrase: PhraseEntry)

    /** What a restored verifier does not have any more, while nothing is paid because of it. */
    public suspend fun loss(): Loss?

    /** Goes on with what the verifier has; what comes back does not count any more. Asks it for everything first. */
    public suspend fun acceptLoss(): Loss

    /** The newest checkpoint that this wallet believes, signed: for others, by any way that is not the verifier's. */
    public suspend fun checkpoint(): ByteArray?

    /** Holds a checkpoint that somebody gave us against what the verifier tells us. */
    public suspend fun compareCheckpoint(checkpoint: ByteArray): Standing
}

/** What a restored verifier does not have any more. */
public data class Loss(
    /** The payments, newest first. Those without a receipt were under way. */
    val payments: List<Payment>,
    /** Sums of those with a receipt, by currency. */
    val owed: List<Owed>,
)

/** Sums of one currency that the verifier has lost. */
public data class Owed(
    /** What we had received. */
    val received: Money,
    /** What we had paid, with the fees. */
    val paid: Money,
)

/** Whether the verifier tells this wallet what it tells others. */
public enum class Standing {
    /** All that is known fits together. */
    Agreed,

    /** The verifier does not account for a checkpoint that it signed: nothing is paid until it does. */
    Unaccounted,

    /** The verifier signed two histories: nothing is paid until the person has accepted it. */
    Contradicted,
}
