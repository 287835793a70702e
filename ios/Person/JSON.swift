import Foundation

/// JSON as persons speak it: numbers are whole.
enum JSON: Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Int64)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    init(reading line: String) throws { self = try JSONDecoder().decode(JSON.self, from: Data(line.utf8)) }

    /// On one line.
    var written: Data { (try? JSONEncoder().encode(self)) ?? Data() }

    /// Of an object.
    var members: [String: JSON] {
        get throws {
            guard case .object(let members) = self else { throw Wrong("this is no object: \(self)") }
            return members
        }
    }

    init(_ text: String?) { self = text.map(JSON.text) ?? .null }

    init(_ number: some BinaryInteger) { self = .number(Int64(number)) }
}

extension JSON: Codable {
    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSON].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .flag(let flag): try value.encode(flag)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .object(let members): try value.encode(members)
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
    init(stringLiteral text: String) { self = .text(text) }

    init(booleanLiteral flag: Bool) { self = .flag(flag) }
}

extension Data {
    /// nil when it is not hex.
    init?(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        guard digits.count == hex.count, digits.count.isMultiple(of: 2) else { return nil }
        self.init(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }

    var hex: String { map { String(format: "%02x", $0) }.joined() }
}

/// A call that makes no sense: no scenario expects that.
struct Wrong: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A verb that this person does not know.
struct Unsupported: Error {
    let verb: String
}

/// What a call says. What nobody asked for is a mistake in the scenario.
struct Arguments {
    private let call: [String: JSON]
    private var unread: Set<String>
    let verb: String

    init(_ call: [String: JSON]) throws {
        guard case .text(let verb) = call["do"] else { throw Wrong("a call says what to do") }
        self.verb = verb
        self.call = call
        unread = Set(call.keys).subtracting(["do"])
    }

    mutating func text(_ name: String) throws -> String { try given(name, try textOrNil(name)) }

    mutating func textOrNil(_ name: String) throws -> String? {
        switch read(name) {
        case .null: nil
        case .text(let text): text
        default: throw Wrong("\(name) is no text")
        }
    }

    mutating func number(_ name: String) throws -> Int64 { try given(name, try numberOrNil(name)) }

    mutating func numberOrNil(_ name: String) throws -> Int64? {
        switch read(name) {
        case .null: nil
        case .number(let number): number
        default: throw Wrong("\(name) is no number")
        }
    }

    mutating func flag(_ name: String) throws -> Bool {
        switch read(name) {
        case .null: false
        case .flag(let flag): flag
        default: throw Wrong("\(name) is neither true nor false")
        }
    }

    mutating func list(_ name: String) throws -> [JSON] { try listOrNil(name) ?? [] }

    mutating func listOrNil(_ name: String) throws -> [JSON]? {
        switch read(name) {
        case .null: nil
        case .list(let list): list
        default: throw Wrong("\(name) is no list")
        }
    }

    mutating func texts(_ name: String) throws -> [String] {
        try list(name).map {
            guard case .text(let text) = $0 else { throw Wrong("\(name) has what is no text") }
            return text
        }
    }

    /// Numbers in the list of words.
    mutating func words() throws -> [UInt16] { try given("words", try wordsOrNil()) }

    mutating func wordsOrNil() throws -> [UInt16]? {
        try listOrNil("words")?.map {
            guard case .number(let number) = $0 else { throw Wrong("a word is a number") }
            return UInt16(clamping: number)
        }
    }

    /// What an argument says that has arguments of its own.
    mutating func arguments(_ name: String) throws -> Arguments {
        var inner = try read(name).members
        inner["do"] = .text("\(verb)'s \(name)")
        return try Arguments(inner)
    }

    /// Bytes in hex.
    mutating func bytes(_ name: String) throws -> Data {
        guard let bytes = Data(hex: try text(name)) else { throw Wrong("\(name) is not hex") }
        return bytes
    }

    mutating func wait() throws -> Duration { .milliseconds(try number("waitMs")) }

    /// Everything was read.
    func done() throws {
        guard unread.isEmpty else { throw Wrong("\(verb) takes no \(unread.sorted())") }
    }

    private mutating func read(_ name: String) -> JSON {
        unread.remove(name)
        return call[name] ?? .null
    }

    private func given<Value>(_ name: String, _ value: Value?) throws -> Value {
        guard let value else { throw Wrong("\(name) is missing") }
        return value
    }
}
