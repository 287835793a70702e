package farthing.person

import java.nio.file.Files
import java.nio.file.Path
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** How a person is started is written down for `scripts/scenarios`, which plays all of them. */
class PersonClassPathTest {
    @Test
    fun `the class path has what a person needs`() {
        val classPath = System.getProperty("java.class.path")
        assertTrue(listOf("kotlinx-coroutines", "jna").all(classPath::contains), classPath)
        Files.writeString(Path.of("target/person.classpath"), "$classPath\n")
    }
}
