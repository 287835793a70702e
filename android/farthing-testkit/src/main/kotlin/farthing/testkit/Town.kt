package farthing.testkit

import farthing.Farthing
import farthing.Keys
import farthing.Opened
import farthing.SealingKey
import farthing.Wallet
import java.nio.file.Files
import java.nio.file.Path

/** A verifier, and people whose phones are folders of this machine. */
public class Town(private val folder: Path, vararg options: String) : AutoCloseable {
    public val verifier: LocalVerifier = LocalVerifier.start(folder, *options)
    private var phones = 0

    /** A phone that nobody has used yet. */
    public fun phone(key: SealingKey = KeptKey(phones.toLong())): Phone = Phone(folder.resolve("phone-${phones++}"), key)

    /** Somebody with an account, and 20.00 USD. */
    public suspend fun person(name: String): Person {
        val phone = phone()
        return Person(phone, phone.empty().enrol(verifier.invite(), name))
    }

    override fun close(): Unit = verifier.close()
}

/** What of a phone outlives the app: its folder, and the key that the platform keeps. */
public class Phone(private val folder: Path, private val key: SealingKey) {
    private val wallet: Path = folder.resolve("wallet")

    init {
        Files.createDirectories(folder)
    }

    /** As an app does when it starts; [key] may be another one than the platform had. */
    public suspend fun open(key: SealingKey = this.key): Opened =
        Farthing.open(wallet, Keys.sealed(folder.resolve("keys"), folder.resolve("state"), key))

    public suspend fun empty(): Opened.Empty = open() as Opened.Empty

    public suspend fun ready(): Wallet = (open() as Opened.Ready).wallet
}

/** Somebody with a phone and an account. */
public class Person(public val phone: Phone, public val wallet: Wallet)

/** A key as a platform keeps it: the same each time. */
public class KeptKey(private val seed: Long) : SealingKey {
    override fun part(index: Int): Long = (seed + 1) * 0x1000_0000_0000_0061 + index
}
