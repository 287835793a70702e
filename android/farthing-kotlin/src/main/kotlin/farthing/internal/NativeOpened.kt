package farthing.internal

import farthing.Joining
import farthing.Keys
import farthing.Opened
import farthing.PhraseEntry
import farthing.Problem
import farthing.Wallet
import java.nio.file.Path
import farthing.generated.Opened as NativeOpened
import farthing.generated.enrol as enrolNative
import farthing.generated.join as joinNative
import farthing.generated.open as openNative
import farthing.generated.restore as restoreNative

internal suspend fun openFolder(folder: Path, keys: Keys): Opened =
    when (val opened = translated { openNative(folder.toString(), keys.source.native) }) {
        is NativeOpened.Ready -> Ready(NativeWallet(opened.wallet))
        is NativeOpened.Empty -> Empty(folder, keys)
        is NativeOpened.NeedsRecovery -> NeedsRecovery(opened.reason.toProblem())
    }

private class Ready(override val wallet: Wallet) : Opened.Ready

private class Empty(private val folder: Path, private val keys: Keys) : Opened.Empty {
    override suspend fun enrol(invite: String, name: String?, alias: String?): Wallet {
        val enrolled = translated { enrolNative(folder.toString(), keys.source.native, invite, name, alias) }
        // The wallet keeps the phrase, and shows it when the app asks.
        enrolled.words.destroy()
        return NativeWallet(enrolled.wallet)
    }

    override suspend fun restore(invite: String, phrase: PhraseEntry, name: String?, keepDevices: Boolean): Wallet =
        restoreInto(folder, keys, invite, phrase, name, keepDevices)

    override suspend fun join(offer: String): Joining =
        NativeJoining(translated { joinNative(folder.toString(), keys.source.native, offer) })
}

private class NeedsRecovery(override val reason: Problem) : Opened.NeedsRecovery {
    override suspend fun restore(
        folder: Path,
        keys: Keys,
        invite: String,
        phrase: PhraseEntry,
        name: String?,
        keepDevices: Boolean,
    ): Wallet = restoreInto(folder, keys, invite, phrase, name, keepDevices)
}

private suspend fun restoreInto(
    folder: Path,
    keys: Keys,
    invite: String,
    phrase: PhraseEntry,
    name: String?,
    keepDevices: Boolean,
): Wallet = NativeWallet(
    translated { restoreNative(folder.toString(), keys.source.native, invite, phrase.native(), name, keepDevices) },
)
