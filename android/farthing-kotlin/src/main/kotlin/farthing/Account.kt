package farthing

import java.nio.file.Path

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

    /**
     * Writes everything that the wallet knows into a [folder] that is new or empty, for its owner alone: `wallet.json`, and the signed
     * files, which `farthing verify` checks. No private key is among them; memos and names are. The folder is there as a whole or not
     * at all.
     *
     * A person shares one file: make an archive of the folder, and delete both when it was shared.
     */
    public suspend fun export(folder: Path): Exported

    /** The newest checkpoint that this wallet believes, signed: for others, by any way that is not the verifier's. */
    public suspend fun checkpoint(): ByteArray?

    /** Holds a checkpoint that somebody gave us against what the verifier tells us. */
    public suspend fun compareCheckpoint(checkpoint: ByteArray): Standing
}

/** What an export consists of. */
public data class Exported(
    /** Files in the folder. */
    val files: Int,
    /** Payments among what they say, drafts too. */
    val payments: Int,
    /** Requests of ours. */
    val requests: Int,
)

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
