internal import FarthingGenerated
import Foundation

func opened(folder: URL, keys: Keys) async throws(FarthingError) -> Opened {
    let (place, native) = (try folder.place(), try keys.source.native())
    switch try await awaited({ try await FarthingGenerated.open(dir: place, keys: native) }) {
    case .ready(let wallet): return .ready(NativeWallet(wallet))
    case .empty: return .empty(EmptyFolder(folder: folder, keys: keys))
    case .needsRecovery(let reason): return .needsRecovery(LostWallet(reason: Problem(reason)))
    }
}

func enrolled(
    in folder: URL, keys: Keys, invite: String, name: String?, alias: String?
) async throws(FarthingError) -> any Wallet {
    let (place, native) = (try folder.place(), try keys.source.native())
    // The wallet keeps the phrase, and shows it when the app asks: what comes with it is let go of here.
    let wallet = try await awaited {
        try await FarthingGenerated.enrol(dir: place, keys: native, invite: invite, name: name, alias: alias).wallet
    }
    return NativeWallet(wallet)
}

func restored(
    in folder: URL, keys: Keys, invite: String, phrase: PhraseEntry, name: String?, keepDevices: Bool
) async throws(FarthingError) -> any Wallet {
    let (place, native) = (try folder.place(), try keys.source.native())
    let wallet = try await awaited {
        try await FarthingGenerated.restore(
            dir: place, keys: native, invite: invite, words: phrase.native, name: name, keepDevices: keepDevices)
    }
    return NativeWallet(wallet)
}

func joined(in folder: URL, keys: Keys, offer: String) async throws(FarthingError) -> any Joining {
    let (place, native) = (try folder.place(), try keys.source.native())
    return NativeJoining(
        native: try await awaited { try await FarthingGenerated.join(dir: place, keys: native, link: offer) })
}
