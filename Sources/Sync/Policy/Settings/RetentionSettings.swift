/// `retention`: what the destination allows at most.
enum RetentionSettings {
    static let all: [PolicySetting] = [
        .number(
            "retention.maxDays",
            .servers,
            "the longest time in days for which the destination keeps releases, files or runs; 0 for no cap",
            \.retention.maxDays,
            in: 0...100_000
        ),
        .number(
            "retention.maxItems",
            .servers,
            "the most releases, files or runs that the destination keeps; 0 for no cap",
            \.retention.maxItems,
            in: 0...1_000_000
        ),
        .choice(
            "retention.overCap",
            .servers,
            "what becomes of a retention beyond the cap (a cloud service may have one)",
            \.retention.overCap,
            [
                .refuse: "the document is not written; the plan has a conflict that names the cap",
                .lower: "it becomes the cap, with a notice",
            ]
        ),
    ]
}
