package preset

const golden = "a83517c399405195"
