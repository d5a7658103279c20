package preset

const golden = "13295c7a8c9a1559"
