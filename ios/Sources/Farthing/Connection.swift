/// How the wallet stands to its verifier while it stays current: what a banner shows.
public struct Connection: Hashable, Sendable {
    public var line: Line

    /// What went wrong last; with a line it is about something single, and the rest goes on.
    public var trouble: Problem?

    public init(line: Line, trouble: Problem? = nil) {
        self.line = line
        self.trouble = trouble
    }
}

/// How news come in.
public enum Line: Hashable, Sendable {
    /// Not yet, or not any more, but no failure either.
    case connecting

    /// At once.
    case stream

    /// Within seconds.
    case polling

    /// Not at all.
    case away

    /// Not meant to: the wallet is paused.
    case paused
}
