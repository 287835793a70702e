package farthing.ui

import com.sun.jna.Function
import com.sun.jna.Memory
import com.sun.jna.NativeLibrary
import com.sun.jna.NativeLong

/**
 * What the kernel does with the thread that calls [confine]: whoever opens, reads or writes a file there, has anything to do with a
 * socket, or sleeps, ends the process by SIGSYS (seccomp(2)). Threads that it starts are bound by the same.
 *
 * What remains is memory, other threads, time, and waking somebody who waits for events, which is a write of eight bytes
 * (eventfd(2)). A lock of a file may be let go of.
 */
internal object Confined {
    fun confine() {
        val program = Memory(INSTRUCTION * filter.size.toLong())
        filter.forEachIndexed { index, instruction -> program.setLong(INSTRUCTION * index.toLong(), instruction) }
        // struct sock_fprog: how many, and where.
        val described = Memory(2L * Long.SIZE_BYTES).apply { clear() }
        described.setShort(0, filter.size.toShort())
        described.setPointer(Long.SIZE_BYTES.toLong(), program)
        prctl(SET_NO_NEW_PRIVS, NativeLong(1), NativeLong(0), NativeLong(0), NativeLong(0))
        prctl(SET_SECCOMP, NativeLong(MODE_FILTER), described, NativeLong(0), NativeLong(0))
    }

    /** How often the calling thread has waited for something. */
    fun waits(): Long {
        check(getrusage.invokeInt(arrayOf(RUSAGE_THREAD, usage)) == 0)
        return usage.getLong(VOLUNTARY_SWITCHES)
    }

    private fun prctl(vararg arguments: Any) =
        check(Function.getFunction("c", "prctl").invokeInt(arguments) == 0) { "the kernel has no seccomp" }

    private val getrusage by lazy { NativeLibrary.getProcess().getFunction("getrusage") }
    private val usage by lazy { Memory(2 * VOLUNTARY_SWITCHES) }

    /** System calls of x86_64 that reach neither disk nor network, and do not wait for them. */
    private val harmless = intArrayOf(
        9, 10, 11, 12, 25, 28, // mmap, mprotect, munmap, brk, mremap, madvise
        13, 14, 15, 131, 219, // signals
        24, 39, 56, 60, 157, 186, 202, 203, 204, 218, 234, 273, 309, 324, 334, 435, // threads: futex(2) and what starts and names them
        96, 98, 201, 228, // time, getrusage
        318, // getrandom
        3, // close: what of a file was not written before is not written by it
    )

    private const val READ = 0
    private const val WRITE = 1
    private const val FLOCK = 73
    private const val UNLOCK = 8

    /** What Rust asks before it closes a file, when it was built for tests. */
    private const val FCNTL = 72
    private const val IS_IT_OPEN = 1
    private const val EVENT = 8

    private val filter: List<Long> = buildList {
        add(load(ARCHITECTURE))
        add(whenIs(X86_64, 1, 0))
        add(answer(TRAP))
        for (call in harmless) permit(call)
        permit(READ, argument = 2, of = EVENT)
        permit(WRITE, argument = 2, of = EVENT)
        permit(FLOCK, argument = 1, of = UNLOCK)
        permit(FCNTL, argument = 1, of = IS_IT_OPEN)
        add(answer(TRAP))
    }

    private fun MutableList<Long>.permit(call: Int) {
        add(load(NUMBER))
        add(whenIs(call, 0, 1))
        add(answer(ALLOW))
    }

    private fun MutableList<Long>.permit(call: Int, argument: Int, of: Int) {
        add(load(NUMBER))
        add(whenIs(call, 0, 3))
        add(load(ARGUMENTS + argument * Long.SIZE_BYTES))
        add(whenIs(of, 0, 1))
        add(answer(ALLOW))
    }

    // struct sock_filter: the code in 16 bits, two jumps of 8, and a number of 32.
    private fun load(offset: Int) = instruction(0x20, 0, 0, offset.toLong())
    private fun whenIs(value: Int, then: Int, otherwise: Int) = instruction(0x15, then, otherwise, value.toLong())
    private fun answer(answer: Long) = instruction(0x06, 0, 0, answer)
    private fun instruction(code: Int, then: Int, otherwise: Int, value: Long): Long =
        code.toLong() or (then.toLong() shl 16) or (otherwise.toLong() shl 24) or ((value and 0xffff_ffff) shl 32)

    private const val INSTRUCTION = Long.SIZE_BYTES
    private const val NUMBER = 0
    private const val ARCHITECTURE = 4
    private const val ARGUMENTS = 16
    private const val X86_64 = 0xc000003e.toInt()
    private const val ALLOW = 0x7fff_0000L
    private const val TRAP = 0x0003_0000L
    private const val SET_SECCOMP = 22
    private const val SET_NO_NEW_PRIVS = 38
    private const val MODE_FILTER = 2L
    private const val RUSAGE_THREAD = 1
    private const val VOLUNTARY_SWITCHES = 128L
}
