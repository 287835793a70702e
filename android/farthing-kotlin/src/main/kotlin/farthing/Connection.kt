package farthing

/** How the wallet stands to its verifier while it stays current: what a banner shows. */
public data class Connection(
    val line: Line,
    /** What went wrong last; with a line it is about something single, and the rest goes on. */
    val trouble: Problem?,
)

/** How news come in. */
public enum class Line {
    /** Not yet, or not any more, but no failure either. */
    Connecting,

    /** At once. */
    Stream,

    /** Within seconds. */
    Polling,

    /** Not at all. */
    Away,

    /** Not meant to: the wallet is paused. */
    Paused,
}
