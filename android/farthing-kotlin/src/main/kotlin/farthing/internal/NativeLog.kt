package farthing.internal

import farthing.LogLevel
import farthing.LogLine
import farthing.generated.LogSink
import farthing.generated.removeLogSink
import farthing.generated.setLogSink
import farthing.generated.LogLevel as NativeLogLevel
import farthing.generated.LogLine as NativeLogLine

/** Begins to tell lines; what comes back ends it. */
internal fun logTo(level: LogLevel, sink: (LogLine) -> Unit): AutoCloseable {
    val adapter = LogSinkAdapter(sink)
    val number = translated { setLogSink(level.native(), adapter) }
    return AutoCloseable {
        adapter.sink = null
        removeLogSink(number)
    }
}

/** What the library calls. Nothing that an app throws is let through: see [SealedKeys]. */
private class LogSinkAdapter(@Volatile var sink: ((LogLine) -> Unit)?) : LogSink {
    override fun take(line: NativeLogLine): UInt = try {
        sink?.invoke(LogLine(line.level.crossed(), line.target, line.text))
        1u
    } catch (_: Throwable) {
        0u
    }
}

private fun LogLevel.native() = when (this) {
    LogLevel.Error -> NativeLogLevel.ERROR
    LogLevel.Warn -> NativeLogLevel.WARN
    LogLevel.Info -> NativeLogLevel.INFO
    LogLevel.Debug -> NativeLogLevel.DEBUG
    LogLevel.Trace -> NativeLogLevel.TRACE
}

private fun NativeLogLevel.crossed() = when (this) {
    NativeLogLevel.ERROR -> LogLevel.Error
    NativeLogLevel.WARN -> LogLevel.Warn
    NativeLogLevel.INFO -> LogLevel.Info
    NativeLogLevel.DEBUG -> LogLevel.Debug
    NativeLogLevel.TRACE -> LogLevel.Trace
}
