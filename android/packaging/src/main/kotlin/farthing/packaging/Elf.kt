package farthing.packaging

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path

/** The alignments of a library's parts that are loaded into memory. @throws IllegalArgumentException when it is no ELF file. */
fun loadAlignments(library: Path): List<Long> {
    val bytes = ByteBuffer.wrap(Files.readAllBytes(library)).order(ByteOrder.LITTLE_ENDIAN)
    require(bytes.remaining() > 64 && bytes.getInt(0) == MAGIC) { "$library is no ELF file" }
    val wide = bytes.get(4).toInt() == 2
    val table = if (wide) bytes.getLong(32) else bytes.getInt(28).toLong()
    val size = bytes.getShort(if (wide) 54 else 42).toInt()
    val count = bytes.getShort(if (wide) 56 else 44).toInt()
    return (0 until count).map { Math.toIntExact(table) + it * size }
        .filter { bytes.getInt(it) == LOAD }
        .map { if (wide) bytes.getLong(it + 48) else bytes.getInt(it + 28).toLong() }
}

/** Whether phones with pages of 16 KiB can load it. Those have 64 bits, and so must the library to be asked. */
fun fitsLargePages(library: Path): Boolean = loadAlignments(library).let { it.isNotEmpty() && it.all { at -> at >= PAGE_BYTES } }

private const val MAGIC = 0x464C457F
private const val LOAD = 1
