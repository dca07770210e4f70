"""What the common libraries' names mean: which learn from rows, and what they learn."""

from __future__ import annotations

import re

SCALE, IMPUTE, REDUCE, VECTORIZE, ENCODE = "scale", "impute", "reduce", "vectorize", "encode"
SELECT, RESAMPLE, UNDERSAMPLE, TARGET_ENCODE = "select", "resample", "undersample", "target-encode"
CLUSTER, BIN, STATISTIC, TUNE, TRANSFORM, ROWWISE = "cluster", "bin", "statistic", "tune", "transform", "row-wise"

# Learnt without the target; a vocabulary of categories (ENCODE) says too little to count.
UNSUPERVISED = frozenset({SCALE, IMPUTE, REDUCE, VECTORIZE, CLUSTER, BIN, STATISTIC, TRANSFORM})

_NAMES = {
    SCALE: "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler PowerTransformer QuantileTransformer KernelCenterer SplineTransformer",
    BIN: "KBinsDiscretizer EqualFrequencyDiscretiser EqualWidthDiscretiser",
    IMPUTE: "Imputer SimpleImputer KNNImputer IterativeImputer MissForest MeanMedianImputer CategoricalImputer CategoryImputer",
    REDUCE: "PCA IncrementalPCA KernelPCA SparsePCA TruncatedSVD FastICA NMF FactorAnalysis LatentDirichletAllocation TSNE UMAP "
    "Isomap LocallyLinearEmbedding MDS PLSRegression GaussianRandomProjection DictionaryLearning",
    VECTORIZE: "CountVectorizer TfidfVectorizer TfidfTransformer Tokenizer TextVectorization Word2Vec Doc2Vec FastText",
    ENCODE: "LabelEncoder OrdinalEncoder OneHotEncoder LabelBinarizer MultiLabelBinarizer DictVectorizer BinaryEncoder "
    "HashingEncoder BaseNEncoder HelmertEncoder SumEncoder BackwardDifferenceEncoder RareLabelEncoder",
    SELECT: "SelectKBest SelectPercentile SelectFromModel SelectFpr SelectFdr SelectFwe GenericUnivariateSelect RFE RFECV "
    "SequentialFeatureSelector BorutaPy Boruta MutualInformation SelectBySingleFeaturePerformance",
    TARGET_ENCODE: "TargetEncoder LeaveOneOutEncoder CatBoostEncoder JamesSteinEncoder MEstimateEncoder WOEEncoder "
    "GLMMEncoder MeanEncoder QuantileEncoder",
    RESAMPLE: "SMOTE SMOTENC SMOTEN ADASYN BorderlineSMOTE KMeansSMOTE SVMSMOTE SMOTEENN SMOTETomek RandomOverSampler",
    UNDERSAMPLE: "RandomUnderSampler NearMiss TomekLinks EditedNearestNeighbours ClusterCentroids InstanceHardnessThreshold "
    "OneSidedSelection NeighbourhoodCleaningRule CondensedNearestNeighbour AllKNN RepeatedEditedNearestNeighbours",
    CLUSTER: "KMeans MiniBatchKMeans DBSCAN AgglomerativeClustering GaussianMixture Birch MeanShift SpectralClustering OPTICS HDBSCAN",
    ROWWISE: "Normalizer Binarizer FunctionTransformer PolynomialFeatures HashingVectorizer FeatureHasher MissingIndicator "
    "Nystroem RBFSampler AdditiveChi2Sampler",
    # Constant columns and columns that are all missing: says nothing about held-out values worth naming.
    "filter": "VarianceThreshold DropConstantFeatures DropDuplicateFeatures",
}  # fmt: skip
KINDS: dict[str, str] = {name: kind for kind, names in _NAMES.items() for name in names.split()}

PIPELINES = frozenset({"Pipeline", "make_pipeline", "TransformedTargetRegressor"})
UNIONS = frozenset({"ColumnTransformer", "make_column_transformer", "FeatureUnion", "make_union", "DataFrameMapper"})
SEARCHES = frozenset(
    {"GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "BayesSearchCV"}
    | {"OptunaSearchCV", "TuneGridSearchCV", "TuneSearchCV", "EvolutionaryAlgorithmSearchCV", "GASearchCV"}
)
WRAPPERS = frozenset(
    {
        "CalibratedClassifierCV",
        "OneVsRestClassifier",
        "OneVsOneClassifier",
        "MultiOutputClassifier",
        "BaggingClassifier",
    }
    | {
        "MultiOutputRegressor",
        "ClassifierChain",
        "RegressorChain",
        "KerasClassifier",
        "KerasRegressor",
        "BaggingRegressor",
    }
)
SPLITTERS = frozenset(
    {"KFold", "StratifiedKFold", "RepeatedKFold", "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit"}
    | {"GroupKFold", "StratifiedGroupKFold", "GroupShuffleSplit", "LeaveOneOut", "LeavePOut", "LeaveOneGroupOut"}
    | {"TimeSeriesSplit", "PredefinedSplit"}
)
ALWAYS_SHUFFLED = frozenset(
    {"RepeatedKFold", "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit"}
)
ONE_SPLIT = frozenset({"ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit"})
VALIDATIONS = frozenset(
    {"cross_val_score", "cross_validate", "cross_val_predict", "learning_curve", "validation_curve"}
)
MODELS = re.compile(
    r"(Classifier|Regressor|Regression|Ridge|Lasso|ElasticNet|Lars|SVC|SVR|LinearSVC|NB|LassoCV|RidgeCV|ElasticNetCV|"
    r"LogisticRegressionCV|Perceptron|Analysis|Sequential|IsolationForest|OneClassSVM|LocalOutlierFactor|CatBoost|"
    r"LGBMRanker|XGBRanker|ARIMA|SARIMAX|AutoML|Model)$"
)
LEARNERS = frozenset({"train", "OLS", "Logit", "GLM", "cv"})  # xgboost.train, lightgbm.train, statsmodels

METRIC = re.compile(
    r"(_score|_report|_matrix|_error|_loss|_curve|^auc|^accuracy|^rmse|^rmsle|^mae$|^mse$|^mape$|^smape$|^r2$|^f1|"
    r"^precision|^recall|^gini|kappa|matthews|_deviance|^brier|^plot_confusion|^plot_roc|^evaluate|^score|_rmse$|_mae$|metrics?$|from_predictions$|from_estimator$)"
)
CURVES = frozenset({"roc_curve", "precision_recall_curve", "det_curve"})
NO_METRIC = frozenset({"mutual_info_score", "silhouette_score", "permutation_test_score"})

READERS = re.compile(
    r"^(read_\w+|load_\w+|fetch_\w+|loadtxt|genfromtxt|make_\w+|from_csv|scan_\w+|open_sealed|loadmat|open_dataset)$"
)
NO_READER = frozenset(
    {
        "make_scorer",
        "make_pipeline",
        "make_union",
        "make_column_transformer",
        "make_column_selector",
        "make_subplots",
        "load_model",
        "load_weights",
    }
)

# Of rows they make one number, or one a column; what comes of them knows all the rows.
STATISTICS = frozenset(
    [
        "mean",
        "median",
        "mode",
        "std",
        "var",
        "min",
        "max",
        "sum",
        "quantile",
        "percentile",
        "skew",
        "kurt",
        "kurtosis",
        "corr",
        "corrwith",
        "cov",
        "describe",
        "mad",
        "sem",
        "ptp",
        "nanmean",
        "nanmedian",
        "nanstd",
        "nanmin",
        "nanmax",
        "average",
        "value_counts",
        "agg",
        "aggregate",
        "nunique",
        "idxmax",
        "idxmin",
        "amin",
        "amax",
    ]
)
# Of rows they make as many values, each of which depends on all the others.
SPREADING = frozenset(
    {
        "rank",
        "zscore",
        "scale",
        "minmax_scale",
        "maxabs_scale",
        "robust_scale",
        "power_transform",
        "quantile_transform",
        "qcut",
    }
)
ROWS_KEPT = frozenset(
    [
        "copy",
        "dropna",
        "fillna",
        "reset_index",
        "set_index",
        "sort_values",
        "sort_index",
        "astype",
        "replace",
        "sample",
        "head",
        "tail",
        "query",
        "drop_duplicates",
        "rename",
        "ffill",
        "bfill",
        "interpolate",
        "clip",
        "round",
        "infer_objects",
        "convert_dtypes",
        "reindex",
        "truncate",
        "between_time",
        "asfreq",
    ]
)
NEUTRAL = frozenset(
    [
        "print",
        "display",
        "plot",
        "hist",
        "show",
        "figure",
        "title",
        "xlabel",
        "ylabel",
        "scatter",
        "bar",
        "heatmap",
        "pairplot",
        "countplot",
        "boxplot",
        "info",
        "head_plot",
        "savefig",
        "subplot",
        "subplots",
        "legend",
        "to_csv",
        "to_excel",
        "to_parquet",
        "to_pickle",
        "save",
        "dump",
        "len",
        "type",
        "isinstance",
        "id",
    ]
)
TEMPORAL = frozenset({"shift", "rolling", "expanding", "ewm", "diff", "pct_change", "resample", "asfreq"})
EARLY = ("early_stopping_rounds", "early_stopping", "callbacks", "n_iter_no_change", "od_wait", "use_best_model")
WATCHED = ("eval_set", "validation_data", "evals", "valid_sets", "X_val", "eval_data")
