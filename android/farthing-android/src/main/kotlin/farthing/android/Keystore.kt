package farthing.android

import android.content.Context
import android.content.pm.PackageManager
import java.security.Key
import java.security.KeyStore
import java.security.UnrecoverableKeyException
import java.security.cert.X509Certificate

internal const val KEYSTORE = "AndroidKeyStore"
internal const val AES_GCM = "AES/GCM/NoPadding"
internal const val GCM_TAG_BITS = 128
internal const val GCM_IV_BYTES = 12

/** The names that keys have in the Keystore. They are the app's own: another app has others. */
internal fun alias(name: String, use: String): String = "farthing/$name/$use"

internal fun checkName(name: String) {
    require(NAME.matches(name)) { "a name has 1 to 32 small letters, digits and hyphens" }
}

/** It becomes a folder's name and a part of keys' names. */
private val NAME = Regex("[a-z0-9-]{1,32}")

private fun store(): KeyStore = KeyStore.getInstance(KEYSTORE).apply { load(null) }

internal fun hasKey(alias: String): Boolean = keystore { store().containsAlias(alias) }

/** A key by its name. @throws KeystoreException `Missing` when there is none. */
internal fun keyNamed(alias: String, boundToPeople: Boolean): Key = keystore {
    try {
        store().getKey(alias, null)
    } catch (unrecoverable: UnrecoverableKeyException) {
        // Up to Android 11 the look-up says only this for a key that a new finger has ended, without a cause.
        if (boundToPeople && unrecoverable.cause == null && store().containsAlias(alias)) {
            throw KeystoreException(KeystoreException.Reason.Invalidated, unrecoverable)
        }
        throw unrecoverable
    } ?: throw KeystoreException(KeystoreException.Reason.Missing)
}

internal fun certificatesOf(alias: String): List<X509Certificate> =
    keystore { store().getCertificateChain(alias).orEmpty().map { it as X509Certificate } }

internal fun deleteKey(alias: String): Unit = keystore { store().deleteEntry(alias) }

internal fun Context.hasStrongBox(): Boolean = packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)
