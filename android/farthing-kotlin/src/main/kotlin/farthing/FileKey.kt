package farthing

import farthing.SealingKeyException.Reason
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.FileAlreadyExistsException
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption.CREATE_NEW
import java.nio.file.StandardOpenOption.WRITE
import java.nio.file.attribute.PosixFilePermissions
import java.security.SecureRandom

/**
 * A key in a file that only its owner can read: for machines without a key store, and for tests. Whoever can read the file and the
 * wallet's folder can spend.
 *
 * A file that is missing is never made anew: a wallet that was sealed by its key would be lost without a word. [make] is for a
 * folder without a wallet.
 *
 * @throws SealingKeyException when the file cannot be read, or is no key.
 */
public class FileKey(file: Path) : SealingKey {
    private val parts: LongArray

    init {
        val bytes = try {
            Files.readAllBytes(file)
        } catch (unreadable: IOException) {
            throw SealingKeyException(Reason.Unavailable, unreadable)
        }
        if (bytes.size != SIZE) throw SealingKeyException(Reason.Invalidated)
        parts = LongArray(PARTS).also { ByteBuffer.wrap(bytes).asLongBuffer().get(it) }
        bytes.fill(0)
    }

    override fun part(index: Int): Long = parts.getOrNull(index) ?: throw SealingKeyException(Reason.Unavailable)

    /** Says nothing of the key. */
    override fun toString(): String = "FileKey"

    public companion object {
        private const val PARTS = 4
        private const val SIZE = PARTS * Long.SIZE_BYTES

        /** Makes a new key in a file that is not there yet. @throws SealingKeyException when there is one, or it cannot be made. */
        public fun make(file: Path): FileKey {
            val bytes = ByteArray(SIZE).also { SecureRandom().nextBytes(it) }
            val new = file.resolveSibling(".${file.fileName}.${System.nanoTime()}")
            try {
                Files.createDirectories(file.toAbsolutePath().parent)
                val owners = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                FileChannel.open(new, setOf(CREATE_NEW, WRITE), owners).use {
                    val left = ByteBuffer.wrap(bytes)
                    while (left.hasRemaining()) it.write(left)
                    it.force(true)
                }
                // Whole and on the disk before it has its name, and a name is never taken from another key.
                Files.createLink(file, new)
            } catch (there: FileAlreadyExistsException) {
                throw SealingKeyException(Reason.Unavailable, there)
            } catch (unwritable: IOException) {
                throw SealingKeyException(Reason.Unavailable, unwritable)
            } finally {
                bytes.fill(0)
                Files.deleteIfExists(new)
            }
            return FileKey(file)
        }
    }
}
