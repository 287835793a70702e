internal import FarthingGenerated
import Foundation

struct NativeAccount: Account {
    let native: FarthingGenerated.Wallet

    func aliases() async throws(FarthingError) -> [String] {
        try await awaited { [native] in try await native.aliases() }
    }

    func register(_ alias: String) async throws(FarthingError) {
        try await awaited { [native] in try await native.registerAlias(alias: alias) }
    }

    func keepsPhrase() async throws(FarthingError) -> Bool {
        try await awaited { [native] in try await native.keepsPhrase() }
    }

    func confirmPhrase(_ phrase: PhraseEntry) async throws(FarthingError) {
        try await awaited { [native] in try await native.confirmPhrase(words: phrase.native) }
    }

    func loss() async throws(FarthingError) -> Loss? {
        try await awaited { [native] in try await native.loss()?.crossed }
    }

    func acceptLoss() async throws(FarthingError) -> Loss {
        try await awaited { [native] in try await native.acceptLoss().crossed }
    }

    func checkpoint() async throws(FarthingError) -> Data? {
        try await awaited { [native] in try await native.checkpoint() }
    }

    func compareCheckpoint(_ checkpoint: Data) async throws(FarthingError) -> Standing {
        try await awaited { [native] in try await native.compareCheckpoint(bytes: checkpoint).crossed }
    }

    func export(to folder: URL) async throws(FarthingError) -> Exported {
        let place = try folder.place()
        return try await awaited { [native] in try await native.export(folder: place).crossed }
    }
}

extension FarthingGenerated.Exported {
    fileprivate var crossed: Exported {
        Exported(files: Int(clamping: files), payments: Int(clamping: payments), requests: Int(clamping: requests))
    }
}

extension FarthingGenerated.Loss {
    fileprivate var crossed: Loss {
        Loss(
            payments: payments.map(\.crossed),
            owed: owed.map { Owed(received: $0.received.crossed, paid: $0.paid.crossed) })
    }
}

extension FarthingGenerated.Standing {
    fileprivate var crossed: Standing {
        switch self {
        case .agreed: .agreed
        case .unaccounted: .unaccounted
        case .contradicted: .contradicted
        }
    }
}
