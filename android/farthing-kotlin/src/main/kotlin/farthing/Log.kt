package farthing

/** How much a line of the log matters. */
public enum class LogLevel {
    /** Something is wrong. */
    Error,

    /** Something may be wrong. */
    Warn,

    /** What a person may want to know. */
    Info,

    /** Each call, operation and state. */
    Debug,

    /** Each step. */
    Trace,
}

/** A line of the log. It has no ids, names, addresses, amounts, keys or texts of people in it. */
public data class LogLine(
    /** How much it matters. */
    val level: LogLevel,
    /** Where in the library it was said. */
    val target: String,
    /** What was said. */
    val text: String,
)
