internal import FarthingFFI
internal import FarthingGenerated

/// A confirmation that ends when nobody waits for it any more, and the question to the person with it.
///
/// Generated code never lets go of a call that it has begun. This is the one call where that matters, so it is made here, of the
/// same parts: the library ends it when its future is cancelled, and frees it.
final class Confirming: Sendable {
    private enum State {
        case wanted
        case begun(UInt64)
        case over
    }

    private let state = Guarded(State.wanted)

    /// Throws what generated calls throw.
    func payment(
        of wallet: FarthingGenerated.Wallet, id: String, shown: String
    ) async throws -> FarthingGenerated.Payment {
        guard let future = begin(wallet, id: id, shown: shown) else { throw FarthingError.cancelled }
        defer {
            state.withLock { $0 = .over }
            ffi_farthing_ffi_rust_future_free_rust_buffer(future)
        }
        while await poll(future) != Self.ready {}
        var status = RustCallStatus()
        let payment = ffi_farthing_ffi_rust_future_complete_rust_buffer(future, &status)
        switch status.code {
        case Self.succeeded: return try FfiConverterTypePayment_lift(payment)
        case Self.failed: throw try FfiConverterTypeFailure_lift(status.errorBuf)
        default:
            // Cancelled, and nobody hears of it; or a fault in the library, whose text nobody is to see.
            var freed = RustCallStatus()
            ffi_farthing_ffi_rustbuffer_free(status.errorBuf, &freed)
            throw FarthingError.misuse(.internal)
        }
    }

    /// Nobody waits for it any more.
    func cancel() {
        state.withLock { state in
            // While it is locked, it is not freed.
            if case .begun(let future) = state { ffi_farthing_ffi_rust_future_cancel_rust_buffer(future) }
            state = .over
        }
    }

    private func begin(_ wallet: FarthingGenerated.Wallet, id: String, shown: String) -> UInt64? {
        state.withLock { state in
            guard case .wanted = state else { return nil }
            let future = uniffi_farthing_ffi_fn_method_wallet_confirm(
                wallet.uniffiCloneHandle(), RustBuffer(text: id), RustBuffer(text: shown))
            state = .begun(future)
            return future
        }
    }

    private func poll(_ future: UInt64) async -> Int8 {
        await withUnsafeContinuation { continuation in
            let kept = Unmanaged.passRetained(Polling(continuation)).toOpaque()
            ffi_farthing_ffi_rust_future_poll_rust_buffer(
                future,
                { kept, result in
                    guard let kept = UnsafeRawPointer(bitPattern: UInt(kept)) else { return }
                    Unmanaged<Polling>.fromOpaque(kept).takeRetainedValue().continuation.resume(returning: result)
                }, UInt64(UInt(bitPattern: kept)))
        }
    }

    private final class Polling {
        let continuation: UnsafeContinuation<Int8, Never>

        init(_ continuation: UnsafeContinuation<Int8, Never>) { self.continuation = continuation }
    }

    private static let ready: Int8 = 0
    private static let succeeded: Int8 = 0
    private static let failed: Int8 = 1
}

extension RustBuffer {
    /// The library's own copy of a text, which it frees.
    fileprivate init(text: String) {
        var (text, status) = (text, RustCallStatus())
        self = text.withUTF8 { bytes in
            ffi_farthing_ffi_rustbuffer_from_bytes(ForeignBytes(len: Int32(bytes.count), data: bytes.baseAddress), &status)
        }
    }
}
