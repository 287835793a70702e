/// A payment's id, the same from its draft on. Keep it where you keep what must survive the process.
public struct PaymentID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// The id of a draft that was prepared and not yet confirmed.
public struct DraftID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    /// The payment that it becomes: who was killed while confirming looks for it by this.
    public var payment: PaymentID { PaymentID(text) }

    public var description: String { text }
}

/// The id of a request of ours.
public struct RequestID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// A tab's id in this wallet, the same from its draft on. Keep it where you keep what must survive the process.
public struct TabID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// The id of an offer of a tab.
public struct OfferID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// The id of an allowance that was prepared and not yet confirmed.
public struct AllowanceDraftID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// An allowance's id. Keep it where you keep what must survive the process.
public struct AllowanceID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// The id of a request that was made without network.
public struct OfflineRequestID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// The id of a payment that was taken without network. Keep it where you keep what must survive the process.
public struct TakenID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// A contact's account.
public struct ContactID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// A device's id.
public struct DeviceID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// The id of a note.
public struct NoteID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// A position in a wallet's event log: keep that of the last event you dealt with. The first event is 1.
public struct EventSeq: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let number: UInt64

    public init(_ number: UInt64) { self.number = number }

    /// Before the first event.
    public static let start = EventSeq(0)

    public static func < (left: EventSeq, right: EventSeq) -> Bool { left.number < right.number }

    public var description: String { String(number) }
}
