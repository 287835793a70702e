import Foundation

/// Somebody one knows.
public struct Contact: Hashable, Sendable, Identifiable {
    public var id: ContactID

    /// Our own name for them.
    public var name: String

    /// What they call themselves.
    public var calledItself: String?

    /// Where they are paid.
    public var alias: String

    /// Both sides have compared the codes.
    public var verified: Bool

    /// Neither paid nor listened to.
    public var blocked: Bool

    public init(
        id: ContactID, name: String, calledItself: String? = nil, alias: String, verified: Bool = false, blocked: Bool = false
    ) {
        self.id = id
        self.name = name
        self.calledItself = calledItself
        self.alias = alias
        self.verified = verified
        self.blocked = blocked
    }
}

/// Where a note stands.
public enum NoteState: Hashable, Sendable {
    /// It came from the contact.
    case received

    /// Ours; it is not in any of the contact's mailboxes yet.
    case waiting

    /// Ours; at least one of the contact's devices can fetch it.
    case sent

    /// Ours; it reached none of the contact's devices.
    case undelivered
}

/// What a contact wrote, or we to the contact.
public struct Note: Hashable, Sendable, Identifiable {
    public var id: NoteID
    public var at: Date
    public var state: NoteState

    /// What it says; nil for a request, which ``PayTo/request(_:_:)`` takes.
    public var text: String?

    public init(id: NoteID, at: Date, state: NoteState, text: String?) {
        self.id = id
        self.at = at
        self.state = state
        self.text = text
    }
}
