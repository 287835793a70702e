internal import FarthingGenerated

/// Begins to tell lines; the end of whoever hears them ends it.
func logged(_ level: LogLevel) throws(FarthingError) -> AsyncStream<LogLine> {
    let (lines, to) = AsyncStream<LogLine>.makeStream(bufferingPolicy: .bufferingOldest(waitingMax))
    let number = try translated { try setLogSink(level: level.native, sink: LogSinkAdapter(to: to)) }
    to.onTermination = { _ in removeLogSink(number: number) }
    return lines
}

/// Lines that wait to be heard; the library keeps as many itself.
private let waitingMax = 256

/// What the library calls. It is let go of when its lines are over: another has taken its place, or nobody hears it.
private final class LogSinkAdapter: FarthingGenerated.LogSink {
    private let to: AsyncStream<LogLine>.Continuation

    init(to: AsyncStream<LogLine>.Continuation) { self.to = to }

    deinit { to.finish() }

    func take(line: FarthingGenerated.LogLine) -> UInt32 {
        if case .enqueued = to.yield(line.crossed) { 1 } else { 0 }
    }
}

extension FarthingGenerated.LogLine {
    fileprivate var crossed: LogLine { LogLine(level: level.crossed, target: target, text: text) }
}

extension FarthingGenerated.LogLevel {
    fileprivate var crossed: LogLevel {
        switch self {
        case .error: .error
        case .warn: .warn
        case .info: .info
        case .debug: .debug
        case .trace: .trace
        }
    }
}

extension LogLevel {
    fileprivate var native: FarthingGenerated.LogLevel {
        switch self {
        case .error: .error
        case .warn: .warn
        case .info: .info
        case .debug: .debug
        case .trace: .trace
        }
    }
}
