package preset

const golden = "778eee4f6de4f41d"
