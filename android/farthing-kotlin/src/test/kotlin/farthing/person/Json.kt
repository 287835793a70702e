package farthing.person

/** JSON as persons speak it: objects are maps, numbers are whole. Written by hand, since tests bring no library for it. */
object Json {
    fun read(text: String): Any? {
        val reader = Reader(text)
        val value = reader.value()
        check(reader.atEnd()) { "something follows the JSON: $text" }
        return value
    }

    fun write(value: Any?): String = StringBuilder().also { it.put(value) }.toString()

    private fun StringBuilder.put(value: Any?) {
        when (value) {
            null, is Boolean, is Int, is Long -> append(value)
            is String -> quoted(value)
            is Map<*, *> -> joined('{', '}', value.entries) { (key, each) ->
                quoted(key as String)
                append(':')
                put(each)
            }
            is Iterable<*> -> joined('[', ']', value) { put(it) }
            else -> error("no JSON is made of ${value::class}")
        }
    }

    private fun <T> StringBuilder.joined(open: Char, close: Char, values: Iterable<T>, one: (T) -> Unit) {
        append(open)
        values.forEachIndexed { at, value ->
            if (at > 0) append(',')
            one(value)
        }
        append(close)
    }

    private fun StringBuilder.quoted(text: String) {
        append('"')
        for (char in text) {
            when {
                char == '"' || char == '\\' -> append('\\').append(char)
                char < ' ' -> append("\\u%04x".format(char.code))
                else -> append(char)
            }
        }
        append('"')
    }

    private class Reader(private val text: String) {
        private var at = 0

        fun atEnd(): Boolean {
            skip()
            return at == text.length
        }

        fun value(): Any? {
            skip()
            return when (text[at]) {
                '{' -> listed('{', '}') { (value() as String).also { expect(':') } to value() }.toMap()
                '[' -> listed('[', ']') { value() }
                '"' -> string()
                't' -> word("true", true)
                'f' -> word("false", false)
                'n' -> word("null", null)
                else -> number()
            }
        }

        private fun <T> listed(open: Char, close: Char, one: () -> T): List<T> {
            expect(open)
            val values = mutableListOf<T>()
            skip()
            if (text[at] != close) {
                do values += one() while (accept(','))
            }
            expect(close)
            return values
        }

        private fun string(): String {
            expect('"')
            val read = StringBuilder()
            while (text[at] != '"') {
                read.append(if (text[at] == '\\') escaped() else text[at++])
            }
            at++
            return read.toString()
        }

        private fun escaped(): Char {
            val kind = text[at + 1]
            at += 2
            return when (kind) {
                'n' -> '\n'
                't' -> '\t'
                'r' -> '\r'
                'b' -> '\b'
                'f' -> '\u000c'
                'u' -> text.substring(at, at + 4).toInt(16).toChar().also { at += 4 }
                else -> kind
            }
        }

        private fun number(): Long {
            val begin = at
            while (at < text.length && (text[at] == '-' || text[at].isDigit())) at++
            return text.substring(begin, at).toLong()
        }

        private fun <T> word(word: String, value: T): T {
            check(text.startsWith(word, at)) { "no JSON: $text" }
            at += word.length
            return value
        }

        private fun expect(char: Char) = check(accept(char)) { "$char was expected at $at of $text" }

        private fun accept(char: Char): Boolean {
            skip()
            return (at < text.length && text[at] == char).also { if (it) at++ }
        }

        private fun skip() {
            while (at < text.length && text[at].isWhitespace()) at++
        }
    }
}

/** An object's members. */
@Suppress("UNCHECKED_CAST")
fun Any?.members(): Map<String, Any?> = this as Map<String, Any?>
