package farthing.packaging

import java.nio.file.Path
import javax.xml.parsers.DocumentBuilderFactory
import kotlin.io.path.exists
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.name
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.w3c.dom.Element

/** Nothing merges manifests here; so what the libraries ask for is compared with what the app has. */
class ManifestTest {
    /** What is not in the app's manifest, and why. */
    private val leftOut = mapOf(
        "uses-permission android.permission.USE_FINGERPRINT" to "Android 8.1 and earlier; ours begin with 9",
        "meta-data androidx.profileinstaller.ProfileInstallerInitializer" to "installs profiles that this app does not bring",
        "receiver androidx.profileinstaller.ProfileInstallReceiver" to "the same, for measuring tools",
        "action androidx.profileinstaller.action.INSTALL_PROFILE" to "the same",
        "action androidx.profileinstaller.action.SKIP_FILE" to "the same",
        "action androidx.profileinstaller.action.SAVE_PROFILE" to "the same",
        "action androidx.profileinstaller.action.BENCHMARK_OPERATION" to "the same",
        "uses-library androidx.window.extensions" to "for windows beside each other on folding phones, which the sample does not open",
        "uses-library androidx.window.sidecar" to "the same, on older ones",
        "property android.window.PROPERTY_ACTIVITY_EMBEDDING_SPLITS_ENABLED" to "the same",
    )

    private fun asked(manifest: Path): Set<String> {
        val document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(manifest.toFile())
        val all = document.getElementsByTagName("*")
        return (0 until all.length).map { all.item(it) as Element }
            .filter { it.hasAttribute("android:name") && it.tagName != "application" }
            .map { "${it.tagName} ${it.getAttribute("android:name").replace("\${applicationId}", "farthing.sample")}" }
            .toSet()
    }

    private val app = asked(Built.android.resolve("sample/src/main/AndroidManifest.xml"))

    private val libraries = Built.android.resolve("android-libs/target/xaars").listDirectoryEntries()
        .map { it.resolve("AndroidManifest.xml") }.filter { it.exists() }.associate { it.parent.name to asked(it) }

    @Test
    fun `what the libraries ask for is in the app's manifest, or left out for a reason`() {
        assertTrue(libraries.size > 50, "${libraries.size} manifests")
        val forgotten = libraries.mapValues { (_, asked) -> asked - app - leftOut.keys }.filterValues { it.isNotEmpty() }
        assertEquals(emptyMap<String, Set<String>>(), forgotten)
    }

    @Test
    fun `no reason outlives what it is for`() {
        assertEquals(emptySet<String>(), leftOut.keys - libraries.values.flatten().toSet())
    }

    @Test
    fun `what our own library asks for is in the app's manifest`() {
        val ours = asked(Built.android.resolve("farthing-android/src/main/AndroidManifest.xml"))
        assertEquals(
            setOf("uses-permission android.permission.INTERNET", "uses-permission android.permission.USE_BIOMETRIC"), ours,
        )
        assertTrue(app.containsAll(ours))
    }
}
