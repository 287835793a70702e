internal import FarthingGenerated

/// How far the codes go that a camera has seen.
public enum Collected: Hashable, Sendable {
    /// Not yet enough: so many parts, of so many.
    case missing(have: Int, of: Int)

    /// All: the text that was shown, for ``Farthing/recognise(_:)``.
    case whole(String)
}

/// Puts together what a camera sees of ``Farthing/shownCodes(_:)``, code after code, in any order, each as often as it comes.
public final class CodeCollector: Sendable {
    private let native: FarthingGenerated.CodeCollector

    /// Nothing was seen yet.
    public init() throws(FarthingError) {
        try Farthing.load()
        native = FarthingGenerated.CodeCollector()
    }

    /// Takes the text of a code. One that is no part of several is the whole at once.
    ///
    /// - Throws: ``FarthingError/unreadable(_:)`` for a code that does not belong to the others; it does no harm to what was collected.
    public func add(_ code: String) throws(FarthingError) -> Collected {
        switch try translated({ try native.add(code: code) }) {
        case .missing(let have, let of): .missing(have: Int(have), of: Int(of))
        case .whole(let text): .whole(text)
        }
    }
}
