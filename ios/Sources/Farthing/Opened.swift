import Foundation

/// What is in a folder.
public enum Opened: Sendable {
    /// A wallet, open.
    case ready(any Wallet)

    /// Nothing, or an enrolment that was begun.
    case empty(EmptyFolder)

    /// An account whose keys or file are gone. A new, empty wallet is never made in its place.
    case needsRecovery(LostWallet)
}

/// A folder without an account.
public struct EmptyFolder: Sendable {
    let folder: URL
    let keys: Keys

    /// Opens an account with an invite's link. One that was interrupted is taken up where it stopped, with the same invite.
    ///
    /// `name` is what we call ourselves; `alias` the address to be paid at, or one is made up.
    public func enrol(invite: String, name: String? = nil, alias: String? = nil) async throws(FarthingError) -> any Wallet {
        try await enrolled(in: folder, keys: keys, invite: invite, name: name, alias: alias)
    }

    /// Restores the account of a phrase. Its other devices are revoked, unless they are to stay.
    public func restore(
        invite: String, phrase: PhraseEntry, name: String? = nil, keepDevices: Bool = false
    ) async throws(FarthingError) -> any Wallet {
        try await restored(in: folder, keys: keys, invite: invite, phrase: phrase, name: name, keepDevices: keepDevices)
    }

    /// Answers the code of ``Devices/show(phrase:)`` on the owner's phone, to become a device of that account.
    public func join(_ offer: String) async throws(FarthingError) -> any Joining {
        try await joined(in: folder, keys: keys, offer: offer)
    }
}

/// An account whose keys or file are gone.
public struct LostWallet: Sendable {
    /// Why.
    public let reason: Problem

    /// Restores the account of a phrase in another, empty folder with keys of its own: what is left in this one stays for
    /// whoever can still read it. A restoration that was interrupted is taken up with the folder and keys it was begun with.
    public func restore(
        into folder: URL, keys: Keys, invite: String, phrase: PhraseEntry, name: String? = nil, keepDevices: Bool = false
    ) async throws(FarthingError) -> any Wallet {
        try await restored(in: folder, keys: keys, invite: invite, phrase: phrase, name: name, keepDevices: keepDevices)
    }
}
