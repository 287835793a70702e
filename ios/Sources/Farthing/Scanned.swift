import Foundation

/// What a text turned out to be. Well-formed; nobody has vouched for it yet.
public enum Scanned: Hashable, Sendable {
    /// A payment request, which ``Wallet/prepare(_:amount:memo:)`` takes, or the offer of a tab, which ``Tabs/prepare(_:terms:)``
    /// takes: the link does not say which.
    case request

    /// An invite to a verifier: ``EmptyFolder/enrol(invite:name:alias:)`` takes it.
    case invite

    /// Another phone's pairing code: ``Pairings/scan(_:)`` takes it.
    case pairing

    /// Somebody's alias: ``Wallet/prepare(_:amount:memo:)`` takes it.
    case alias

    /// A voucher of a tab: ``Tabs/take(_:)`` takes it.
    case voucher

    /// A request of a payee without network: ``Offline/look(_:from:)`` takes it.
    case offlineRequest

    /// A payment of a payer without network: ``Offline/examine(_:)`` takes it.
    case offlinePayment

    /// A whole request, for a payer without network: ``Carried/prepare(_:amount:memo:)`` takes it.
    case wholeRequest

    /// An order of a payer without network: ``Carried/post(_:)`` takes it.
    case carriedOrder

    /// The answer to such an order: ``Carried/take(_:)`` takes it.
    case carriedAnswer
}

/// A QR code.
public struct QRPicture: Hashable, Sendable {
    /// Modules of one side, without the quiet zone of four.
    public var side: Int

    /// The picture with its quiet zone, as a PNG.
    public var png: Data

    public init(side: Int, png: Data) {
        self.side = side
        self.png = png
    }
}
