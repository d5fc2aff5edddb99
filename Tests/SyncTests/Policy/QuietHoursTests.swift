import Catalog
import Foundation
import Testing

@testable import Sync

@Suite("Quiet hours")
struct QuietHoursTests {
    private func quiet(_ texts: String..., zone: String = "UTC") -> QuietHours {
        var hours = QuietHours()
        hours.windows = texts.compactMap(QuietHours.Window.init)
        hours.zone = zone
        return hours
    }

    /// 1 June 2026 was a Monday.
    private func time(_ day: Int, _ hour: Int, _ minute: Int = 0) -> Date {
        let start = DateComponents(calendar: .init(identifier: .gregorian), timeZone: .gmt, year: 2026, month: 6)
        let first = (start.date ?? .distantPast)
        return first.addingTimeInterval(Double((day - 1) * 86_400 + hour * 3_600 + minute * 60))
    }

    @Test("2.20: a window holds from its first minute up to its last, on its days, also over midnight and the weekend")
    func windows() {
        let office = quiet("Mon-Fri 08:00-18:00")
        #expect(office.window(at: time(1, 8)) != nil && office.window(at: time(5, 17, 59)) != nil)
        #expect(office.window(at: time(1, 7, 59)) == nil && office.window(at: time(1, 18)) == nil)
        #expect(office.window(at: time(6, 12)) == nil)
        let night = quiet("Fri 22:00-06:00")
        #expect(night.window(at: time(5, 23)) != nil && night.window(at: time(6, 5, 59)) != nil)
        #expect(night.window(at: time(5, 5)) == nil && night.window(at: time(6, 6)) == nil)
        let weekend = quiet("Sat-Mon 00:00-24:00")
        #expect(weekend.window(at: time(1, 12)) != nil && weekend.window(at: time(7, 23, 59)) != nil)
        #expect(weekend.window(at: time(2, 0)) == nil)
        #expect(quiet("12:00-13:00", "20:00-21:00").window(at: time(3, 20))?.text == "20:00-21:00")
    }

    @Test("2.20: the windows are about the clock of their zone")
    func zone() {
        let berlin = quiet("08:00-10:00", zone: "Europe/Berlin")
        #expect(berlin.window(at: time(1, 6)) != nil && berlin.window(at: time(1, 8)) == nil)
    }

    @Test(
        "a text that is no window is an error with its line",
        arguments: [
            "8-18", "08:00", "25:00-26:00", "08:00-08:00", "Someday 08:00-09:00", "Mon- 08:00-09:00",
            "Mon-Tue-Wed 08:00-09:00", "24:00-06:00",
        ]
    )
    func problems(text: String) {
        #expect(QuietHours.Window(text) == nil)
        let file = "apiVersion: skerry.sync/v1\nquietHours: {windows: [\"\(text)\"]}"
        let error = #expect(throws: PolicyError.self) { try PolicyFile.parse(file, catalog: .standard) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("is no time"))
    }
}
