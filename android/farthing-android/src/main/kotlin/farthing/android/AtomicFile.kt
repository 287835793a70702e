package farthing.android

import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE

/** Writes a file whole or not at all, also when the battery is taken out. */
internal fun writeWhole(file: Path, bytes: ByteArray) {
    val folder = checkNotNull(file.parent)
    Files.createDirectories(folder)
    val draft = folder.resolve("${file.fileName}.new")
    FileChannel.open(draft, CREATE, WRITE, TRUNCATE_EXISTING).use { channel ->
        val left = ByteBuffer.wrap(bytes)
        while (left.hasRemaining()) channel.write(left)
        channel.force(true)
    }
    Files.move(draft, file, ATOMIC_MOVE)
    try {
        // The name is on the disk only when its folder is.
        FileChannel.open(folder, READ).use { it.force(true) }
    } catch (_: IOException) {
        // Not every file system lets a folder be opened; the move is in its journal then.
    }
}

/** A file's bytes, no more than [max]; null when there is no such file. A file that cannot be read is not an absent one. */
internal fun readWhole(file: Path, max: Int): ByteArray? {
    val size = try {
        Files.size(file)
    } catch (_: NoSuchFileException) {
        return null
    }
    if (size > max) throw IOException("$size bytes where at most $max are expected")
    return Files.readAllBytes(file)
}
