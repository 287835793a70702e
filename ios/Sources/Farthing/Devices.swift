import Foundation

/// The phones and tills that act for the account.
public protocol Devices: Sendable {
    /// All of them, the active ones first; as the verifier shows them when it can be asked.
    func list() async throws(FarthingError) -> [Device]

    /// Revokes a device, for ever. Revoking this one ends the wallet: it keeps what it knows. `phrase` is needed where it is not
    /// kept.
    func revoke(_ device: DeviceID, phrase: PhraseEntry?) async throws(FarthingError)

    /// Makes a code by which another phone becomes a device of this account; there it goes to ``EmptyFolder/join(_:)``. `phrase`
    /// is needed where it is not kept.
    func show(phrase: PhraseEntry?) async throws(FarthingError) -> any DevicePairing
}

extension Devices {
    /// Revokes a device, for ever, where the phrase is kept. Revoking this one ends the wallet: it keeps what it knows.
    public func revoke(_ device: DeviceID) async throws(FarthingError) { try await revoke(device, phrase: nil) }

    /// Makes a code by which another phone becomes a device of this account, where the phrase is kept.
    public func show() async throws(FarthingError) -> any DevicePairing { try await show(phrase: nil) }
}

/// A device of the account.
public struct Device: Hashable, Sendable, Identifiable {
    public var id: DeviceID

    /// It is the one that asks.
    public var isThis: Bool

    /// It may act for the account; one that is revoked never may again.
    public var active: Bool

    /// It may pay.
    public var pays: Bool

    /// It may change the account's settings: a person's own phone.
    public var administers: Bool

    /// The most that one payment may move, by currency; none is no limit.
    public var perOrder: [Money]

    /// The most that 24 hours may move, likewise.
    public var perDay: [Money]

    /// From then on it may do nothing.
    public var expires: Date?

    public var created: Date

    /// Since when it was seen to be revoked.
    public var revoked: Date?

    public init(
        id: DeviceID, isThis: Bool, active: Bool, pays: Bool, administers: Bool, perOrder: [Money] = [], perDay: [Money] = [],
        expires: Date? = nil, created: Date, revoked: Date? = nil
    ) {
        self.id = id
        self.isThis = isThis
        self.active = active
        self.pays = pays
        self.administers = administers
        self.perOrder = perOrder
        self.perDay = perDay
        self.expires = expires
        self.created = created
        self.revoked = revoked
    }
}

/// What a device may do; the verifier enforces it.
public struct Scope: Hashable, Sendable {
    /// It may pay, not only be paid.
    public var pay: Bool

    /// The most that one payment may move, by currency; others are not allowed. None is no limit.
    public var perOrder: [Money]

    /// The most that 24 hours may move, likewise.
    public var perDay: [Money]

    /// The only aliases that may be paid. None is no limit.
    public var payees: [String]

    /// How long it may do anything, in whole seconds.
    public var life: Duration?

    public init(
        pay: Bool = false, perOrder: [Money] = [], perDay: [Money] = [], payees: [String] = [], life: Duration? = nil
    ) {
        self.pay = pay
        self.perOrder = perOrder
        self.perDay = perDay
        self.payees = payees
        self.life = life
    }
}

/// A device that is being added.
public protocol DevicePairing: Sendable {
    /// What the QR code holds.
    var offer: String { get }

    /// Waits for the six digits that both people compare; nil when there are none yet.
    func checkCode(wait: Duration) async throws(FarthingError) -> String?

    /// The person's yes: both phones show the same digits. Adds the other, within its scope.
    @discardableResult
    func confirm(_ scope: Scope) async throws(FarthingError) -> DeviceID

    /// The person's no. Nothing is added.
    func reject() async throws(FarthingError)
}

extension DevicePairing {
    /// Waits for the six digits that both people compare, half a minute at most.
    public func checkCode() async throws(FarthingError) -> String? { try await checkCode(wait: .seconds(30)) }
}

/// A phone that is about to become a device of an account. In memory only: a process that dies begins anew. Letting go of it frees
/// the folder.
public protocol Joining: Sendable {
    /// The six digits that both people compare.
    var checkCode: String { get }

    /// The person's yes: both phones show the same digits. Waits for the owner's. The wallet signs with a key of its own, not
    /// with one in hardware. `name` is what we call ourselves.
    func confirm(name: String?) async throws(FarthingError) -> any Wallet

    /// The person's no. Nothing is made.
    func reject() async throws(FarthingError)
}
