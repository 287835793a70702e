internal import FarthingFFI
internal import FarthingGenerated

#if canImport(Glibc)
import Glibc
#endif

/// Compares the number that the library answers with the one that this code was made for. It must come before the first
/// generated call, which ends the app when the two differ.
func checkedLibrary() -> Result<Void, FarthingError> {
    let found = libraryVersion()
    return found == FarthingGenerated.ABI ? .success(()) : .failure(.library(expected: FarthingGenerated.ABI, found: found))
}

/// The library's version; nil when it knows of none.
private func libraryVersion() -> UInt32? {
    #if canImport(Glibc)
    // Here the library is one of its own, and may be any: naming the function would end the app when there is none.
    guard let symbol = dlsym(nil, "farthing_abi") else { return nil }
    return unsafeBitCast(symbol, to: (@convention(c) () -> UInt32).self)()
    #else
    // There it is a part of the app.
    return farthing_abi()
    #endif
}
