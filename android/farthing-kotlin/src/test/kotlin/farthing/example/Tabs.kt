package farthing.example

import farthing.TabId
import farthing.TabOutcome
import farthing.TabWith
import farthing.Taken
import farthing.Wallet

/** The reader scans the paper's offer, sees what is set aside, and says yes. */
suspend fun openTab(reader: Wallet, scanned: String): TabId? {
    val draft = reader.tabs.prepare(TabWith.scanned(scanned))
    // An app shows draft.payee, price, unit, cap, fee, setAside, lasts and grace here, and asks.
    val tab = reader.tabs.confirm(draft)
    return if (reader.tabs.outcome(tab.id) is TabOutcome.Done) tab.id else null
}

/** For each article, without network: the reader pays, and shows the voucher as a QR code or sends it. */
suspend fun payArticle(reader: Wallet, tab: TabId): String =
    reader.tabs.pay(tab, reader.parseMoney("0.02 USD")).voucher

/** Delivers for what is new in a voucher; whoever shows one twice is given nothing twice. */
suspend fun deliver(paper: Wallet, voucher: String): String = when (val taken = paper.tabs.take(voucher)) {
    is Taken.Stored -> "deliver for ${taken.gained}"
    is Taken.Behind -> "show ${taken.newest} to the reader, whose app catches up"
}

/** In the evening: what was earned comes in, and what was not paid goes back to the reader. */
suspend fun settle(paper: Wallet): List<String> =
    paper.tabs.claim().tabs.map { "${paper.tabs.release(it).claimed} claimed" }
