/// How much a line of the log matters.
public enum LogLevel: Hashable, Sendable {
    /// Something is wrong.
    case error

    /// Something may be wrong.
    case warn

    /// What a person may want to know.
    case info

    /// Each call, operation and state.
    case debug

    /// Each step.
    case trace
}

/// A line of the log. It has no ids, names, addresses, amounts, keys or texts of people in it.
public struct LogLine: Hashable, Sendable {
    /// How much it matters.
    public var level: LogLevel

    /// Where in the library it was said.
    public var target: String

    /// What was said.
    public var text: String

    public init(level: LogLevel, target: String, text: String) {
        self.level = level
        self.target = target
        self.text = text
    }
}
