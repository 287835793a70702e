package farthing.packaging

import com.android.apksig.ApkSigner
import com.android.apksig.ApkVerifier
import com.android.apksig.KeyConfig
import java.nio.file.Files
import java.nio.file.Path
import java.security.KeyStore
import java.security.PrivateKey
import java.security.cert.X509Certificate
import java.time.LocalDateTime
import java.util.zip.CRC32
import java.util.zip.ZipEntry
import java.util.zip.ZipFile
import java.util.zip.ZipOutputStream

/** An APK of what aapt2 linked, what R8 made, and native libraries by ABI; not signed. */
fun assemble(resources: Path, dex: Path, natives: Map<String, List<Path>>, output: Path) {
    ZipOutputStream(Files.newOutputStream(output)).use { out ->
        for (archive in listOf(resources, dex)) {
            ZipFile(archive.toFile()).use { zip ->
                for (entry in zip.entries().asSequence().filter { !it.isDirectory && it.name.isForApk() }.sortedBy { it.name }) {
                    // The system maps the table of resources into memory as it lies there.
                    out.add(entry.name, zip.getInputStream(entry).readBytes(), stored = entry.name == "resources.arsc")
                }
            }
        }
        for ((abi, libraries) in natives.toSortedMap()) {
            // The system runs them out of the APK, without copying.
            for (library in libraries) out.add("lib/$abi/${library.fileName}", Files.readAllBytes(library), stored = true)
        }
    }
}

/** What jars carry for builds is of no use on a phone. */
private fun String.isForApk() = !startsWith("META-INF/com.android.tools/") && !startsWith("META-INF/proguard/") &&
    !startsWith("META-INF/maven/") && this != "META-INF/MANIFEST.MF" && !endsWith(".kotlin_module")

private fun ZipOutputStream.add(name: String, bytes: ByteArray, stored: Boolean) {
    val entry = ZipEntry(name)
    entry.timeLocal = LocalDateTime.of(2026, 1, 1, 0, 0)
    if (stored) {
        entry.method = ZipEntry.STORED
        entry.size = bytes.size.toLong()
        entry.crc = CRC32().apply { update(bytes) }.value
    }
    putNextEntry(entry)
    write(bytes)
    closeEntry()
}

/** Signs by v2 and v3, with the key of a store whose password is "android", as debug keys have it. Native code is aligned to 16 KiB. */
fun sign(unsigned: Path, keys: Path, output: Path) {
    val store = KeyStore.getInstance("PKCS12").apply { Files.newInputStream(keys).use { load(it, PASSWORD) } }
    val alias = store.aliases().nextElement()
    val signer = ApkSigner.SignerConfig.Builder(
        alias, KeyConfig.Jca(store.getKey(alias, PASSWORD) as PrivateKey), listOf(store.getCertificate(alias) as X509Certificate),
    ).build()
    ApkSigner.Builder(listOf(signer))
        .setInputApk(unsigned.toFile())
        .setOutputApk(output.toFile())
        .setMinSdkVersion(28)
        .setV1SigningEnabled(false)
        .setV2SigningEnabled(true)
        .setV3SigningEnabled(true)
        .setLibraryPageAlignmentBytes(PAGE_BYTES)
        .build()
        .sign()
}

/** Makes a debug key where there is none. */
fun debugKeys(keys: Path): Path {
    if (Files.exists(keys)) return keys
    val keytool = Path.of(System.getProperty("java.home"), "bin", "keytool")
    val made = ProcessBuilder(
        "$keytool", "-genkeypair", "-keystore", "$keys", "-storetype", "PKCS12", "-storepass", String(PASSWORD), "-alias", "debug",
        "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "10000", "-dname", "CN=Farthing debug",
    ).redirectErrorStream(true).start()
    val said = made.inputReader().readText()
    check(made.waitFor() == 0) { said }
    return keys
}

/** What is wrong with an APK's signature; empty when both schemes hold. */
fun complaints(apk: Path): List<String> {
    val result = ApkVerifier.Builder(apk.toFile()).setMinCheckedPlatformVersion(28).build().verify()
    return result.errors.map { "$it" } + listOfNotNull(
        "v2 does not hold".takeUnless { result.isVerifiedUsingV2Scheme },
        "v3 does not hold".takeUnless { result.isVerifiedUsingV3Scheme },
        "it is not verified".takeUnless { result.isVerified },
    )
}

private val PASSWORD = "android".toCharArray()

/** Phones with pages of this size load nothing that is aligned to less. */
const val PAGE_BYTES: Int = 16 * 1024
