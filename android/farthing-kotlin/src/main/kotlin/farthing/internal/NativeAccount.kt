package farthing.internal

import farthing.Account
import farthing.Exported
import farthing.Loss
import farthing.Owed
import farthing.PhraseEntry
import farthing.Standing
import java.nio.file.Path
import farthing.generated.Loss as NativeLoss
import farthing.generated.Standing as NativeStanding
import farthing.generated.Wallet as GeneratedWallet

internal class NativeAccount(private val native: GeneratedWallet) : Account {
    override suspend fun aliases(): List<String> = translated { native.aliases() }

    override suspend fun register(alias: String): Unit = translated { native.registerAlias(alias) }

    override suspend fun keepsPhrase(): Boolean = translated { native.keepsPhrase() }

    override suspend fun confirmPhrase(phrase: PhraseEntry): Unit = translated { native.confirmPhrase(phrase.native()) }

    override suspend fun loss(): Loss? = translated { native.loss() }?.crossed()

    override suspend fun acceptLoss(): Loss = translated { native.acceptLoss() }.crossed()

    override suspend fun export(folder: Path): Exported {
        val written = translated { native.export(folder.toString()) }
        return Exported(written.files.toInt(), written.payments.toInt(), written.requests.toInt())
    }

    override suspend fun checkpoint(): ByteArray? = translated { native.checkpoint() }

    override suspend fun compareCheckpoint(checkpoint: ByteArray): Standing =
        when (translated { native.compareCheckpoint(checkpoint) }) {
            NativeStanding.AGREED -> Standing.Agreed
            NativeStanding.UNACCOUNTED -> Standing.Unaccounted
            NativeStanding.CONTRADICTED -> Standing.Contradicted
        }
}

private fun NativeLoss.crossed() =
    Loss(payments.map { it.crossed() }, owed.map { Owed(it.received.crossed(), it.paid.crossed()) })
